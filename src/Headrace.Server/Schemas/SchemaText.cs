using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>Quotes parts of schemas and values in error messages, with a limit on their length.</summary>
internal static class SchemaText
{
    /// <summary>Maximum length of a quoted value, in characters. A longer value is truncated.</summary>
    private const int MaxQuoteLength = 60;

    /// <summary>Maximum number of names in a list.</summary>
    private const int MaxNames = 20;

    public static string Quote(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        // A character has at most four bytes. If truncation splits the last character, Clip removes it.
        return Clip(Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, 4 * (MaxQuoteLength + 1))]));
    }

    public static string Clip(string text)
    {
        if (text.Length <= MaxQuoteLength)
            return text;
        var end = char.IsHighSurrogate(text[MaxQuoteLength - 1]) ? MaxQuoteLength - 1 : MaxQuoteLength;
        return text[..end] + "…";
    }

    /// <summary>Lists the first names and states the number of omitted names.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MaxNames).Select(Clip))
        + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");

    /// <summary>
    /// Returns whether a string or a name in JSON text contains an escaped surrogate without its other half. No JSON
    /// writer can write such text, so the server could never return it.
    /// </summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonSchema.MaxDepth });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
