using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>
/// Generates the code of one field: its property, and the statements that write and read it in both formats.
/// </summary>
internal sealed record FieldCode
{
    private static readonly string[] LeaseFields = ["job", "attempt"];

    public required FieldDescriptor Field { get; init; }

    public required string Type { get; init; }

    /// <summary>The initializer of the property; empty if it has none.</summary>
    public string Initial { get; init; } = "";

    public required string Write { get; init; }

    public required string Read { get; init; }

    public required string WriteJson { get; init; }

    public required string ReadJson { get; init; }

    public string Property => CodeRules.Pascal(Field.Name);

    /// <summary>
    /// Whether the field is one of the two fields of a lease. They share the property <c>Lease</c>, which is declared
    /// for the first of them.
    /// </summary>
    public static bool IsLeasePart(FieldDescriptor field) =>
        CodeRules.HasLease(field.ContainingType) && LeaseFields.Contains(field.Name);

    public static FieldCode Of(FieldDescriptor field)
    {
        if (IsLeasePart(field))
            return LeasePart(field);
        if (field.IsRepeated)
            return List(field);
        return field.FieldType switch
        {
            FieldType.Message => Message(field),
            FieldType.Enum => Enumeration(field),
            FieldType.String when CodeRules.IsUtf8(field) => Simple(field, "ReadOnlyMemory<byte>", "Utf8", "Bytes"),
            FieldType.String => Simple(field, "string", "Text") with { Initial = " = \"\";" },
            FieldType.Bytes => Simple(field, "ReadOnlyMemory<byte>", "Bytes"),
            FieldType.Bool => Simple(field, "bool", "Flag"),
            FieldType.Double when field.HasPresence => OptionalDouble(field),
            FieldType.Double => Simple(field, "double", "Double"),
            FieldType.Fixed64 => Simple(field, "ulong", "Fixed64", json: "UInt64"),
            FieldType.UInt64 => Number(field, "ulong", "UInt64"),
            FieldType.UInt32 => Number(field, "uint", "UInt32"),
            FieldType.SInt32 when field.HasPresence => OptionalZigZag(field),
            _ => throw new InvalidDataException(
                $"{field.FullName} has the type {field.FieldType}, which FieldCode does not support. Add it there."
            ),
        };
    }

    private static FieldCode Simple(
        FieldDescriptor field,
        string type,
        string call,
        string? write = null,
        string? json = null
    ) =>
        new()
        {
            Field = field,
            Type = type,
            Write = $"writer.{write ?? call}({field.FieldNumber}, {Name(field)});",
            Read = $"{Name(field)} = reader.{call}();",
            WriteJson = $"writer.{json ?? call}({Key(field)}, {Name(field)});",
            ReadJson = $"{Name(field)} = reader.{json ?? call}();",
        };

    private static FieldCode Number(FieldDescriptor field, string type, string json)
    {
        var optional = field.HasPresence;
        var cast = type == "ulong" ? "" : $"({type})";
        return new()
        {
            Field = field,
            Type = optional ? type + "?" : type,
            Write = $"writer.{(optional ? "Optional" : "Number")}({field.FieldNumber}, {Name(field)});",
            Read = $"{Name(field)} = {cast}reader.Number();",
            WriteJson = $"writer.{(optional ? "Optional" : json)}({Key(field)}, {Name(field)});",
            ReadJson = optional
                ? $"{Name(field)} = reader.IsNull() ? null : reader.{json}();"
                : $"{Name(field)} = reader.{json}();",
        };
    }

    private static FieldCode OptionalZigZag(FieldDescriptor field) =>
        Simple(field, "int?", "ZigZag", write: "OptionalZigZag") with
        {
            WriteJson = $"writer.Optional({Key(field)}, {Name(field)});",
            ReadJson = $"{Name(field)} = reader.IsNull() ? null : reader.Int32();",
        };

    private static FieldCode OptionalDouble(FieldDescriptor field) =>
        Simple(field, "double?", "Double") with
        {
            Write = $"writer.Optional({field.FieldNumber}, {Name(field)});",
            WriteJson = $"writer.Optional({Key(field)}, {Name(field)});",
            ReadJson = $"{Name(field)} = reader.IsNull() ? null : reader.Double();",
        };

    private static FieldCode Enumeration(FieldDescriptor field)
    {
        var type = CodeRules.TypeName(field.EnumType);
        return new()
        {
            Field = field,
            Type = type,
            Write = $"writer.Number({field.FieldNumber}, (ulong){Name(field)});",
            Read = $"{Name(field)} = ({type})(int)reader.Number();",
            WriteJson = $"writer.Enumeration({Key(field)}, (int){Name(field)}, {type}Names.ByNumber);",
            ReadJson = $"{Name(field)} = ({type})reader.Enumeration({type}Names.ByNumber);",
        };
    }

    private static FieldCode LeasePart(FieldDescriptor field)
    {
        var isJob = field.Name == "job";
        var value = isJob ? "(ulong)Lease.Job.Value" : "(uint)Lease.Attempt";
        var json = isJob ? "UInt64" : "UInt32";
        string Assigned(string number) =>
            isJob
                ? $"Lease = Lease with {{ Job = new JobId((long){number}) }};"
                : $"Lease = Lease with {{ Attempt = (int){number} }};";
        return new()
        {
            Field = field,
            Type = "LeaseToken",
            Write = $"writer.Number({field.FieldNumber}, {value});",
            Read = Assigned("reader.Number()"),
            WriteJson = $"writer.{json}({Key(field)}, {value});",
            ReadJson = Assigned($"reader.{json}()"),
        };
    }

    private static FieldCode Message(FieldDescriptor field)
    {
        if (field.MessageType.File.Package == "google.protobuf")
            return new()
            {
                Field = field,
                Type = "WireTime?",
                Write = $"writer.Time({field.FieldNumber}, {Name(field)});",
                Read = $"{Name(field)} = WireTime.Read(ref reader, {Name(field)});",
                WriteJson = $"writer.{field.MessageType.Name}({Key(field)}, {Name(field)});",
                ReadJson = $"{Name(field)} = reader.{field.MessageType.Name}();",
            };
        var type = CodeRules.TypeName(field.MessageType);
        // If the property has the same name as its type, the type must be qualified with its namespace.
        var reader = type == Name(field) ? $"{field.File.GetOptions().CsharpNamespace.Split('.')[^1]}.{type}" : type;
        var present = CodeRules.IsStruct(field.MessageType) ? $"{Name(field)}.GetValueOrDefault()" : Name(field);
        return new()
        {
            Field = field,
            Type = type + "?",
            Write = $"writer.Optional({field.FieldNumber}, {Name(field)});",
            Read = $"{Name(field)} = {reader}.Read(ref reader, {present});",
            WriteJson = $"writer.Optional({Key(field)}, {Name(field)});",
            ReadJson = $"{Name(field)} = reader.IsNull() ? null : {reader}.Read(ref reader);",
        };
    }

    private static FieldCode List(FieldDescriptor field)
    {
        if (field.FieldType == FieldType.String)
            return Texts(field);
        if (field.FieldType != FieldType.Message)
            throw new InvalidDataException(
                $"{field.FullName} is a list of {field.FieldType}, which FieldCode does not support. Add it there."
            );
        var isLease = CodeRules.IsLease(field.MessageType);
        var type = isLease ? "LeaseToken" : CodeRules.TypeName(field.MessageType);
        var call = isLease ? "Leases" : "Messages";
        return new()
        {
            Field = field,
            Type = $"List<{type}>",
            Initial = " = [];",
            Write = $"writer.{call}({field.FieldNumber}, {Name(field)});",
            Read = $"{Name(field)}.Add({(isLease ? "reader.Lease()" : $"{type}.Read(ref reader)")});",
            WriteJson = $"writer.{call}({Key(field)}, {Name(field)});",
            ReadJson = $"{Name(field)}.Add({(isLease ? "reader.Lease()" : $"{type}.Read(ref reader)")});",
        };
    }

    /// <summary>An empty list of strings is stored as null, because most jobs have no tags.</summary>
    private static FieldCode Texts(FieldDescriptor field) =>
        new()
        {
            Field = field,
            Type = "List<string>?",
            Write = $"writer.Texts({field.FieldNumber}, {Name(field)});",
            Read = $"({Name(field)} ??= []).Add(reader.Text());",
            WriteJson = $"writer.Texts({Key(field)}, {Name(field)});",
            ReadJson = $"({Name(field)} ??= []).Add(reader.Text());",
        };

    private static string Name(FieldDescriptor field) => CodeRules.Pascal(field.Name);

    private static string Key(FieldDescriptor field) => $"\"{field.JsonName}\"u8";
}
