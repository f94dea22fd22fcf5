using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Server.Jobs;

/// <summary>
/// Reads times that include a UTC offset. A time without an offset would be interpreted in the time zone of the server.
/// </summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public const string Format = "a time with its offset (RFC 3339), for example 2030-01-31T12:00:00Z";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var time))
            return time;
        throw new JsonException($"it must be {Format}.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        // The specifier "K" also accepts a time without an offset, so the end of the text is checked.
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        time = default;
        return hasOffset
            && DateTimeOffset.TryParseExact(
                text,
                Formats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out time
            );
    }
}
