using System.Text.Json;

namespace Headrace.Client;

/// <summary>
/// Turns parameters given as text into JSON by the method's schema: where it wants a string, the text is one; else the
/// text is read as JSON where it is JSON other than a quoted string. Faults are left in, for
/// the server to name with their path. The server reads the query of a raw submission by the same rule.
/// </summary>
internal static class ArgumentReader
{
    public static JsonElement Read(IReadOnlyDictionary<string, string> arguments, JsonElement schema)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, text) in arguments)
            {
                json.WritePropertyName(name);
                if (!WantsString(schema, name) && Parsed(text) is { } value)
                    value.WriteTo(json);
                else
                    json.WriteStringValue(text);
            }
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.ToArray());
    }

    private static bool WantsString(JsonElement schema, string name)
    {
        if (
            !TryGet(schema, "properties", out var properties)
            || !TryGet(properties, name, out var property)
            || !TryGet(property, "type", out var type)
        )
            return false;
        if (type.ValueKind == JsonValueKind.String)
            return type.ValueEquals("string");
        // A type such as ["string", "null"] still wants text; with a number among them, 5 is the number.
        return type.ValueKind == JsonValueKind.Array
            && type.EnumerateArray().All(t => t.ValueEquals("string") || t.ValueEquals("null"));
    }

    private static bool TryGet(JsonElement element, string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
    }

    private static JsonElement? Parsed(string text)
    {
        try
        {
            var value = JsonElement.Parse(text);
            return value.ValueKind == JsonValueKind.String ? null : value;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
