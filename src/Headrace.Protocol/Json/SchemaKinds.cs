using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>
/// Determines from the JSON Schema of a method which kinds of values a parameter allows. The result controls only how
/// <c>NAME=VALUE</c> is converted; the validator decides whether the value is valid.
/// </summary>
internal static class SchemaKinds
{
    /// <summary>
    /// Maximum number of references to follow. A limit is needed because references can be circular; real schemas are
    /// nested less deeply.
    /// </summary>
    private const int MaxSteps = 16;

    /// <summary>
    /// Returns the kinds that the top-level property <paramref name="name"/> allows, or no kinds if the schema does not
    /// specify them.
    /// </summary>
    public static JsonKinds Of(JsonElement schema, string name) => OfProperty(schema, schema, name, MaxSteps);

    private static JsonKinds OfProperty(JsonElement root, JsonElement schema, string name, int steps)
    {
        if (steps == 0 || schema.ValueKind != JsonValueKind.Object)
            return JsonKinds.None;
        if (
            schema.TryGetProperty("properties", out var properties)
            && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(name, out var property)
        )
            return OfValue(root, property, steps);
        var kinds = JsonKinds.None;
        foreach (var part in Parts(root, schema))
            kinds |= OfProperty(root, part, name, steps - 1);
        return kinds;
    }

    private static JsonKinds OfValue(JsonElement root, JsonElement schema, int steps)
    {
        if (steps == 0 || schema.ValueKind != JsonValueKind.Object)
            return JsonKinds.None;
        if (schema.TryGetProperty("type", out var type))
            return type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().Aggregate(JsonKinds.None, (kinds, one) => kinds | Named(one))
                : Named(type);
        if (schema.TryGetProperty("const", out var only))
            return KindOf(only);
        if (schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array)
            return values.EnumerateArray().Aggregate(JsonKinds.None, (kinds, one) => kinds | KindOf(one));
        var found = JsonKinds.None;
        foreach (var part in Parts(root, schema))
            found |= OfValue(root, part, steps - 1);
        return found;
    }

    /// <summary>
    /// Returns the subschemas that also apply to a value: the alternatives, and the target of a reference within the
    /// same document.
    /// </summary>
    private static IEnumerable<JsonElement> Parts(JsonElement root, JsonElement schema)
    {
        foreach (var word in (string[])["anyOf", "oneOf", "allOf"])
            if (schema.TryGetProperty(word, out var parts) && parts.ValueKind == JsonValueKind.Array)
                foreach (var part in parts.EnumerateArray())
                    yield return part;
        if (
            schema.TryGetProperty("$ref", out var reference)
            && reference.ValueKind == JsonValueKind.String
            && Resolve(root, reference.GetString()!) is { } target
        )
            yield return target;
    }

    private static JsonElement? Resolve(JsonElement root, string reference)
    {
        if (!reference.StartsWith('#'))
            return null;
        var at = root;
        foreach (var step in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (
                at.ValueKind != JsonValueKind.Object
                || !at.TryGetProperty(
                    step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal),
                    out at
                )
            )
                return null;
        return at;
    }

    private static JsonKinds Named(JsonElement type) =>
        type.ValueKind != JsonValueKind.String
            ? JsonKinds.None
            : type.GetString() switch
            {
                "integer" => JsonKinds.Integer,
                "number" => JsonKinds.Number,
                "boolean" => JsonKinds.Boolean,
                "null" => JsonKinds.Null,
                "object" => JsonKinds.Object,
                "array" => JsonKinds.Array,
                "string" => JsonKinds.String,
                _ => JsonKinds.None,
            };

    /// <summary>
    /// Returns the kind of a value. A number counts as both integer and number, because only the schema determines
    /// whether fractions are allowed.
    /// </summary>
    public static JsonKinds KindOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => JsonKinds.Integer | JsonKinds.Number,
            JsonValueKind.True or JsonValueKind.False => JsonKinds.Boolean,
            JsonValueKind.Null => JsonKinds.Null,
            JsonValueKind.Object => JsonKinds.Object,
            JsonValueKind.Array => JsonKinds.Array,
            JsonValueKind.String => JsonKinds.String,
            _ => JsonKinds.None,
        };
}
