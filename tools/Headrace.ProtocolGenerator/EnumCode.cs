using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>Generates the C# enum for an enumeration of the contract, and the JSON names of its values.</summary>
internal static class EnumCode
{
    public static string Write(EnumDescriptor type)
    {
        if (type.Values.Where((value, i) => value.Number != i).Any())
            throw new InvalidDataException($"The values of {type.FullName} must be numbered from 0 without gaps.");
        var name = CodeRules.TypeName(type);
        var code = new CodeText(type.File);
        code.Summary(type.Declaration);
        code.Open($"public enum {name}");
        foreach (var value in type.Values)
        {
            code.Summary(value.Declaration);
            code.Line($"{CodeRules.Pascal(value.Name)} = {value.Number},");
        }
        code.Close();
        code.Line();
        code.Line($"/// <summary>The JSON names of the values of <see cref=\"{name}\"/>, by number.</summary>");
        code.Open($"internal static class {name}Names");
        code.Line("public static readonly string[] ByNumber =");
        code.Line("[");
        foreach (var value in type.Values)
            code.Nested($"{Quoted(value)},");
        code.Line("];");
        code.Close();
        return code.ToString();
    }

    private static string Quoted(EnumValueDescriptor value) => $"\"{value.Name}\"";
}
