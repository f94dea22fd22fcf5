using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>
/// Describes in one sentence where and why JSON text is not valid. Lines and bytes are counted from 1.
/// </summary>
internal static class JsonErrorDescription
{
    public const string LoneSurrogate = "it contains a lone surrogate (\\ud800 to \\udfff), which is not valid text.";

    /// <summary>Returns true if the parser found a lone surrogate when it needed the text of a string.</summary>
    public static bool IsLoneSurrogate(Exception? fault) =>
        fault?.Message.Contains("UTF-16", StringComparison.Ordinal) == true;

    public static string Describe(JsonException fault)
    {
        var where = $"at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}";
        var path = fault.Path is null or "$" ? "" : $" ({ClippedText.Of(fault.Path)})";
        return $"The JSON is not valid {where}{path}: {Reason(fault)}";
    }

    /// <summary>
    /// Returns the position, if the parser states one, and the reason, worded for use within a sentence: <c>line 1,
    /// byte 2: …</c>
    /// </summary>
    public static string Location(JsonException fault) =>
        (fault.LineNumber is { } line ? $"line {line + 1}, byte {fault.BytePositionInLine + 1}: " : "")
        + Reason(fault).TrimEnd('.');

    /// <summary>Returns the name of a member that objects of this type do not have; null for another error.</summary>
    public static string? UnknownMember(JsonException fault, Type type) =>
        fault.Message.EndsWith($"'{type}'.", StringComparison.Ordinal) ? UnknownMember(fault) : null;

    private static string Reason(JsonException fault)
    {
        if (IsLoneSurrogate(fault.InnerException))
            return LoneSurrogate;
        if (fault.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
            return Quoted(fault.Message, "' encountered") is { } twice
                ? $"the member '{twice}' occurs twice."
                : "a member occurs twice.";
        if (UnknownMember(fault) is { } unknown)
            return $"there is no member '{unknown}'.";
        if (Between(fault.Message, "could not be converted to ", ". Path:") is { } type)
            return $"it must be {Expected(type, fault.Path)}.";
        // Removes the path and the position that the serializer appends, because our message already contains them.
        var end = fault.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (end < 0)
            end = fault.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return end < 0 ? fault.Message : fault.Message[..end];
    }

    /// <summary>
    /// Returns the member name that the framework put in single quotes before <paramref name="end"/>. The name itself
    /// can contain single quotes.
    /// </summary>
    private static string? Quoted(string message, string end)
    {
        var start = message.IndexOf('\'', StringComparison.Ordinal);
        var stop = message.LastIndexOf(end, StringComparison.Ordinal);
        return start < stop ? ClippedText.Of(message[(start + 1)..stop]) : null;
    }

    private static string? UnknownMember(JsonException fault) => Quoted(fault.Message, "' could not be mapped");

    private static string? Between(string message, string start, string end)
    {
        var first = message.IndexOf(start, StringComparison.Ordinal);
        if (first < 0)
            return null;
        first += start.Length;
        var stop = message.IndexOf(end, first, StringComparison.Ordinal);
        return stop < 0 ? message[first..] : message[first..stop];
    }

    /// <summary>
    /// Returns what a value must be, in words for a caller who sends JSON.
    /// </summary>
    /// <param name="type">The .NET type of the value, or of the object that it is a member of.</param>
    /// <param name="path">The path of the value.</param>
    private static string Expected(string type, string? path)
    {
        if (path == "$.retry")
            return "an object, for example {\"max\":5,\"delay\":\"1s\"}";
        var members = typeof(HeadraceJson).Assembly.GetType(type) is { } known
            ? HeadraceJson.Default.GetTypeInfo(known)?.Properties
            : null;
        var member = members?.FirstOrDefault(each => path?.EndsWith($".{each.Name}", StringComparison.Ordinal) == true);
        return Phrase(member is null ? type : member.PropertyType.ToString());
    }

    private static string Phrase(string type)
    {
        if (type.Contains("Dictionary`2[", StringComparison.Ordinal))
            return "an object";
        if (type.StartsWith("System.Collections.", StringComparison.Ordinal))
            return type.Contains("System.String", StringComparison.Ordinal) ? "an array of strings" : "an array";
        return (Between(type, "System.Nullable`1[", "]") ?? type) switch
        {
            "System.Int32" => "a 32-bit integer",
            "System.Int64" => "a 64-bit integer",
            "System.Double" => "a number",
            "System.Boolean" => "true or false",
            "System.String" => "a string",
            "System.DateTimeOffset" => Rfc3339.Format,
            _ => "an object",
        };
    }
}
