using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>Generates the C# type of one message, with the code that reads and writes it.</summary>
internal sealed class MessageCode(MessageDescriptor message)
{
    private readonly string _type = CodeRules.TypeName(message);
    private readonly bool _isStruct = CodeRules.IsStruct(message);
    private readonly bool _hasJson = CodeRules.HasJson(message);
    private readonly List<FieldCode> _fields = [.. message.Fields.InFieldNumberOrder().Select(FieldCode.Of)];
    private readonly bool _hasRare = message.Fields.InFieldNumberOrder().Any(CodeRules.IsRare);
    private readonly CodeText _code =
        CodeRules.HasLease(message) || message.Fields.InFieldNumberOrder().Any(IsLeaseList)
            ? new CodeText(message.File, "Headrace.Core.Jobs")
            : new CodeText(message.File);

    public string Write()
    {
        _code.Summary(message.Declaration);
        var port = _hasJson ? "IJsonWireMessage" : "IWireMessage";
        if (_isStruct)
            _code.OpenList($"internal record struct {_type}", [.. Parameters()], $" : {port}");
        else
        {
            _code.Open($"internal sealed record {_type} : {port}");
            if (_hasRare)
            {
                _code.Line("private Rare? _rare;");
                _code.Line();
            }
            Properties();
        }
        WriteTo("ref WireWriter writer", field => field.Write);
        if (CodeRules.IsRoot(message))
            ReadRoot();
        Read();
        ReadField();
        if (_hasJson)
        {
            WriteTo("JsonWireWriter writer", field => field.WriteJson);
            if (CodeRules.IsRoot(message))
                ReadJsonRoot();
            ReadJson();
            ReadMember();
        }
        if (_hasRare)
        {
            _code.Line();
            Rare();
        }
        _code.Close();
        return _code.ToString();
    }

    private static bool IsLeaseList(FieldDescriptor field) =>
        field.FieldType == FieldType.Message && CodeRules.IsLease(field.MessageType);

    private IEnumerable<string> Parameters()
    {
        if (CodeRules.HasLease(message))
            yield return "LeaseToken Lease";
        foreach (var field in _fields.Where(field => !FieldCode.IsLeasePart(field.Field)))
            yield return $"{field.Type} {field.Property}";
    }

    private void Properties()
    {
        if (CodeRules.HasLease(message))
            _code.Line("public LeaseToken Lease { get; set; }");
        foreach (var field in _fields.Where(field => !FieldCode.IsLeasePart(field.Field)))
        {
            _code.Summary(field.Field.Declaration);
            if (CodeRules.IsRare(field.Field))
                RareProperty(field);
            else
            {
                var set = field.Field.IsRepeated && field.Initial.Length > 0 ? "init" : "set";
                _code.Line($"public {field.Type} {field.Property} {{ get; {set}; }}{field.Initial}");
            }
        }
        _code.Line();
    }

    private void RareProperty(FieldCode field)
    {
        var isText = field.Type == "string";
        _code.Open($"public {field.Type} {field.Property}");
        _code.Line($"get => _rare?.{field.Property}{(isText ? " ?? \"\"" : "")};");
        _code.Open("set");
        _code.Line($"if (_rare is not null || value{(isText ? ".Length > 0" : " is not null")})");
        _code.Nested(
            $"_rare = _rare is null ? new Rare {{ {field.Property} = value }} "
                + $": _rare with {{ {field.Property} = value }};"
        );
        _code.Close();
        _code.Close();
    }

    /// <summary>The object with the rare fields is immutable, so copies of the message can share it.</summary>
    private void Rare()
    {
        _code.Open("private sealed record Rare");
        foreach (var field in _fields.Where(field => CodeRules.IsRare(field.Field)))
            _code.Line($"public {field.Type} {field.Property} {{ get; init; }}{field.Initial}");
        _code.Close();
    }

    private void WriteTo(string writer, Func<FieldCode, string> statement)
    {
        _code.Open($"public void WriteTo({writer})");
        foreach (var field in _fields)
            _code.Line(statement(field));
        _code.Close();
        _code.Line();
    }

    private void ReadRoot()
    {
        _code.Line("/// <summary>Reads a message. Its payloads are slices of the given bytes.</summary>");
        _code.Line(
            "/// <exception cref=\"WireFormatException\">The bytes are not a valid message of this type.</exception>"
        );
        _code.Open($"public static {_type} Read(ReadOnlyMemory<byte> bytes)");
        _code.Line("var reader = new WireReader(bytes);");
        _code.Open($"var message = new {_type}");
        foreach (var field in _fields.Where(field => CodeRules.IsCounted(field.Field)))
            _code.Line($"{field.Property} = new {field.Type}(reader.Expected({field.Field.FieldNumber})),");
        _code.Close("};");
        _code.Line("while (reader.Next())");
        _code.Nested("message.ReadField(ref reader);");
        _code.Line("return message;");
        _code.Close();
        _code.Line();
    }

    private void Read()
    {
        _code.Line(
            "/// <summary>Reads a nested message. If it occurs more than once, merges it into the first one.</summary>"
        );
        _code.Open(
            $"public static {_type} Read(ref WireReader reader, "
                + $"{_type}{(_isStruct ? " first = default" : "? first = null")})"
        );
        _code.Line(_isStruct ? "var message = first;" : $"var message = first ?? new {_type}();");
        _code.Line("var outer = reader.Enter();");
        _code.Line("while (reader.Next())");
        _code.Nested("message.ReadField(ref reader);");
        _code.Line("reader.Leave(outer);");
        _code.Line("return message;");
        _code.Close();
        _code.Line();
    }

    private void ReadField()
    {
        _code.Open("private void ReadField(ref WireReader reader)");
        _code.Open("switch (reader.Field)");
        foreach (var field in _fields)
        {
            _code.Line($"case {field.Field.FieldNumber}:");
            _code.Nested(field.Read);
            foreach (var other in InSameOneof(field))
                _code.Nested($"{other.Property} = null;");
            _code.Nested("break;");
        }
        _code.Line("default:");
        _code.Nested("reader.Skip();");
        _code.Nested("break;");
        _code.Close();
        _code.Close();
        if (_hasJson)
            _code.Line();
    }

    private void ReadJsonRoot()
    {
        _code.Line("/// <summary>Reads a message from its JSON form.</summary>");
        _code.Line(
            "/// <exception cref=\"WireFormatException\">The text is not a valid message of this type.</exception>"
        );
        _code.Open($"public static {_type} ReadJson(ReadOnlySpan<byte> utf8)");
        _code.Line("var reader = new JsonWireReader(utf8);");
        _code.Line("var message = Read(ref reader);");
        _code.Line("reader.End();");
        _code.Line("return message;");
        _code.Close();
        _code.Line();
    }

    private void ReadJson()
    {
        _code.Open($"public static {_type} Read(ref JsonWireReader reader)");
        _code.Line(_isStruct ? $"var message = default({_type});" : $"var message = new {_type}();");
        _code.Line("reader.BeginObject();");
        _code.Line("while (reader.NextMember())");
        _code.Nested("message.ReadMember(ref reader);");
        _code.Line("return message;");
        _code.Close();
        _code.Line();
    }

    private void ReadMember()
    {
        _code.Open("private void ReadMember(ref JsonWireReader reader)");
        var start = "if";
        foreach (var field in _fields)
        {
            var (json, original) = (field.Field.JsonName, field.Field.Name);
            var names = json == original ? $"\"{json}\"u8" : $"\"{json}\"u8, \"{original}\"u8";
            _code.Open($"{start} (reader.IsNamed({names}))");
            if (field.Field.IsRepeated)
            {
                _code.Line("reader.BeginList();");
                _code.Line("while (reader.NextItem())");
                _code.Nested(field.ReadJson);
            }
            else
                _code.Line(field.ReadJson);
            _code.Close();
            start = "else if";
        }
        _code.Line("else");
        _code.Nested($"reader.RefuseMember(\"{_type}\");");
        _code.Close();
    }

    private IEnumerable<FieldCode> InSameOneof(FieldCode field) =>
        field.Field.RealContainingOneof is { } oneof
            ? _fields.Where(other => other != field && other.Field.RealContainingOneof == oneof)
            : [];
}
