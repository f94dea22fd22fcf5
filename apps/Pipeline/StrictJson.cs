using System.Text.Json;
using System.Text.Unicode;

namespace Headrace.Apps.Pipeline;

/// <summary>JSON of others: its value, or why readers of JSON would not agree on it.</summary>
/// <param name="Value">The value; null for a fault, and for bytes that are not JSON.</param>
/// <param name="Fault">Why the JSON is not valid, as the end of a sentence; null if it is not JSON at all.</param>
internal sealed record JsonReading(JsonElement? Value, string? Fault);

/// <summary>
/// Reads the messages and results of others so that the value can be written again. The framework's parser accepts
/// escapes of lone surrogates, and throws where something needs them as text. Pure.
/// </summary>
internal static class StrictJson
{
    /// <summary>A response wraps a value in a few more levels, and common readers support 64.</summary>
    private const int MaxDepth = 60;

    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = MaxDepth,
    };

    private static readonly JsonDocumentOptions Lax = new() { MaxDepth = MaxDepth };

    private static readonly JsonReading NotJson = new(null, null);

    public static JsonReading Read(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
            return NotJson;
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            var value = document.RootElement.Clone();
            return CanBeWritten(value) ? new JsonReading(value, null) : LoneSurrogate;
        }
        // The check for duplicate members needs their names as text.
        catch (InvalidOperationException)
        {
            return LoneSurrogate;
        }
        catch (JsonException)
        {
            return IsJson(utf8) ? new JsonReading(null, "an object in it has two members with the same name") : NotJson;
        }
    }

    /// <summary>Returns whether all texts in the value are Unicode.</summary>
    public static bool CanBeWritten(JsonElement value)
    {
        try
        {
            using var nowhere = new Utf8JsonWriter(Stream.Null);
            value.WriteTo(nowhere);
            return true;
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private static JsonReading LoneSurrogate =>
        new(null, "it contains a lone surrogate (\\ud800 to \\udfff), which is not valid text");

    private static bool IsJson(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Lax);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
