using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>The messages and fields for which the generator writes special code, with the reasons.</summary>
internal static class CodeRules
{
    /// <summary>
    /// Messages that are generated as structs. They have only a few small fields and occur in lists of hundreds of
    /// entries, where structs avoid allocating an object for each entry.
    /// </summary>
    private static readonly string[] Structs = ["Ack", "HeldLease", "LogLines", "Predecessor", "StopRequest"];

    /// <summary>
    /// Messages that callers read from bytes, each with the names of its lists that can have hundreds of entries. The
    /// reader first counts the entries and then allocates these lists at their final size.
    /// </summary>
    private static readonly Dictionary<string, string[]> Roots = new()
    {
        ["ExchangeRequest"] = ["leases_held", "outcomes"],
        ["ExchangeReply"] = ["leases", "acks"],
        ["SubmitJob"] = [],
        ["SubmitReply"] = ["results"],
        ["SubmitChildren"] = ["jobs"],
    };

    /// <summary>
    /// JSON text that is a string in the contract but is kept as UTF-8, so that no string is allocated.
    /// </summary>
    private static readonly string[] Utf8Fields = ["LeasedJob.params", "SubmitJob.params"];

    /// <summary>
    /// Fields that are present in only a few messages of their type. They are stored in a separate object, which is
    /// created when the first of them is set, so that messages without them stay small.
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

    /// <summary>Whether the message is Lease. The generated code uses Core's type <c>LeaseToken</c> for it.</summary>
    public static bool IsLease(MessageDescriptor message) => message.Name == "Lease";

    /// <summary>
    /// Whether fields 1 and 2 of the message are the job and attempt of a lease. A single <c>LeaseToken</c> is
    /// generated for both.
    /// </summary>
    public static bool HasLease(MessageDescriptor message) =>
        message.FindFieldByNumber(1) is { Name: "job" } && message.FindFieldByNumber(2) is { Name: "attempt" };

    /// <summary>
    /// Whether the message has a JSON form. Batches of clients use the JSON form of <c>/v1/jobs</c> instead.
    /// </summary>
    public static bool HasJson(MessageDescriptor message) => message.Name != "SubmitBatch";

    /// <summary>
    /// Returns the C# type name. The name of a nested type begins with that of the enclosing message.
    /// </summary>
    public static string TypeName(MessageDescriptor message) =>
        (message.ContainingType is { } outer ? TypeName(outer) : "") + message.Name;

    public static string TypeName(EnumDescriptor type) =>
        (type.ContainingType is { } outer ? TypeName(outer) : "") + type.Name;

    public static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
