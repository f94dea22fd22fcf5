using System.Buffers;
using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>
/// Converts <c>NAME=VALUE</c> pairs to params according to the schema of the method. If a value parses as a kind of
/// JSON that the schema allows for this name, it is used as JSON; otherwise, it is used as a string. For example,
/// <c>iterations=5</c> is converted to a number if the schema expects a number; <c>iterations=five</c> remains a
/// string, which the validator then rejects with its path. For a name that the schema does not describe, any JSON
/// except a quoted string is used as JSON. The server uses this type for the query string of a raw submission, and the
/// client uses it for text arguments, so the same text produces the same params with and without a body.
/// </summary>
internal static class TextParams
{
    /// <summary>
    /// Returns the params as JSON, or an empty array if there are no pairs. A schema that is not valid JSON is ignored.
    /// </summary>
    public static byte[] Read(string? schema, IReadOnlyCollection<KeyValuePair<string, string>> pairs) =>
        Read(pairs.Count == 0 ? null : Parse(schema), pairs);

    /// <summary>Returns the params as JSON, or an empty array if there are no pairs.</summary>
    public static byte[] Read(JsonElement? schema, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0)
            return [];
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, text) in pairs)
            {
                writer.WritePropertyName(name);
                var allowed = schema is { } root ? SchemaKinds.Of(root, name) : JsonKinds.None;
                if (allowed == JsonKinds.None)
                    allowed = ~JsonKinds.String;
                if (
                    Parse(text) is { ValueKind: not JsonValueKind.String } value
                    && (SchemaKinds.KindOf(value) & allowed) != 0
                )
                    writer.WriteRawValue(text);
                else
                    writer.WriteStringValue(text);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static JsonElement? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            // The value is not JSON, so it is used as text.
            return null;
        }
    }
}
