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

    private static string Reason(JsonException fault)
    {
        if (IsLoneSurrogate(fault.InnerException))
            return LoneSurrogate;
        if (fault.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
            return Duplicate(fault.Message);
        if (fault.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return $"it must be {Expected(fault.Path)}.";
        // Removes the path and the position that the serializer appends, because our message already contains them.
        var end = fault.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (end < 0)
            end = fault.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return end < 0 ? fault.Message : fault.Message[..end];
    }

    /// <summary>
    /// Returns the message for a duplicate member. The framework puts the member name in single quotes, and the name
    /// itself can contain single quotes.
    /// </summary>
    private static string Duplicate(string message)
    {
        var start = message.IndexOf('\'', StringComparison.Ordinal);
        var end = message.LastIndexOf("' encountered", StringComparison.Ordinal);
        return start < end
            ? $"the member '{ClippedText.Of(message[(start + 1)..end])}' occurs twice."
            : "a member occurs twice.";
    }

    private static string Expected(string? path) =>
        path switch
        {
            null or "$" => "an object",
            "$.priority" or "$.retries" or "$.retry.max" => "a 32-bit integer",
            "$.tags" or "$.roles" => "an array of strings",
            "$.dryRun" => "true or false",
            "$.retry" => "an object, for example {\"max\":5,\"delay\":\"1s\"}",
            "$.retry.factor" or "$.retry.jitter" => "a number",
            "$.scheduledAt" or "$.deadline" => Rfc3339.Format,
            _ => "a string",
        };
}
