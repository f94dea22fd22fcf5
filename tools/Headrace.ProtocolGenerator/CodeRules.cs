using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>What the generator does differently for single messages and fields, and why.</summary>
internal static class CodeRules
{
    /// <summary>
    /// Messages that are structs: few, small fields, and a message has hundreds of them. In a list they cost no object.
    /// </summary>
    private static readonly string[] Structs = ["Ack", "HeldLease", "LogLines", "Predecessor", "StopRequest"];

    /// <summary>
    /// Messages that a caller reads from its bytes, each with the lists that may hold hundreds of entries: their size
    /// is counted first, so that they never grow.
    /// </summary>
    private static readonly Dictionary<string, string[]> Roots = new()
    {
        ["ExchangeRequest"] = ["leases_held", "outcomes"],
        ["ExchangeReply"] = ["leases", "acks"],
        ["SubmitJob"] = [],
        ["SubmitReply"] = ["results"],
    };

    /// <summary>JSON text that travels as a string but is used as UTF-8: no string is made of it.</summary>
    private static readonly string[] Utf8Fields = ["LeasedJob.params", "SubmitJob.params"];

    /// <summary>
    /// Fields that most messages of their kind do not have. They share one object, which exists as soon as one of them
    /// has a value: a message without them is smaller by all of them.
    /// </summary>
    private static readonly Dictionary<string, string[]> RareFields = new()
    {
        ["LeasedJob"] = ["deadline", "payload", "tags", "traceparent"],
        ["Outcome"] = ["error", "payload"],
    };

    public static bool IsRare(FieldDescriptor field) =>
        RareFields.TryGetValue(field.ContainingType.Name, out var fields) && fields.Contains(field.Name);

    public static bool IsStruct(MessageDescriptor message) => Structs.Contains(message.Name);

    public static bool IsRoot(MessageDescriptor message) => Roots.ContainsKey(message.Name);

    public static bool IsCounted(FieldDescriptor field) =>
        Roots.TryGetValue(field.ContainingType.Name, out var lists) && lists.Contains(field.Name);

    public static bool IsUtf8(FieldDescriptor field) =>
        Utf8Fields.Contains($"{field.ContainingType.Name}.{field.Name}");

    /// <summary>The message Lease is Core's <c>LeaseToken</c>.</summary>
    public static bool IsLease(MessageDescriptor message) => message.Name == "Lease";

    /// <summary>Fields 1 and 2 of a message about a lease: together one <c>LeaseToken</c>.</summary>
    public static bool HasLease(MessageDescriptor message) =>
        message.FindFieldByNumber(1) is { Name: "job" } && message.FindFieldByNumber(2) is { Name: "attempt" };

    /// <summary>A submission has a JSON form of its own, that of <c>/v1/jobs</c>.</summary>
    public static bool HasJson(MessageDescriptor message) =>
        !TypeName(message).StartsWith("Submit", StringComparison.Ordinal);

    /// <summary>The name of a nested type begins with that of the message around it.</summary>
    public static string TypeName(MessageDescriptor message) =>
        (message.ContainingType is { } outer ? TypeName(outer) : "") + message.Name;

    public static string TypeName(EnumDescriptor type) =>
        (type.ContainingType is { } outer ? TypeName(outer) : "") + type.Name;

    public static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
