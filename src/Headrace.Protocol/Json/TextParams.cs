using System.Buffers;
using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>
/// Makes params from <c>NAME=VALUE</c> by the method's schema: a value that is JSON of a kind the schema allows there
/// is that value, anything else is text. So <c>iterations=5</c> is a number where the schema has a number, and
/// <c>iterations=five</c> stays text, which the validator then refuses with its path.
/// A name that the schema does not describe takes any JSON but a quoted string, else text.
/// The server reads the query of a raw submission with it, and the client reads its text arguments with it, so the same
/// text gives the same params with and without a body.
/// </summary>
internal static class TextParams
{
    /// <summary>The params as JSON; empty for no pairs. A schema that is not JSON counts as none.</summary>
    public static byte[] Read(string? schema, IReadOnlyCollection<KeyValuePair<string, string>> pairs) =>
        Read(pairs.Count == 0 ? null : Parse(schema), pairs);

    /// <summary>The params as JSON; empty for no pairs.</summary>
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
            // Not JSON, so it is text.
            return null;
        }
    }
}
