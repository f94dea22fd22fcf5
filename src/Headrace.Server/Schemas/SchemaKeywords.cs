using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// The keywords of one part of a schema. Each method returns the value of a keyword (null, false or empty if it is
/// absent), and throws <see cref="SchemaException"/> if the value has the wrong type.
/// </summary>
internal readonly struct SchemaKeywords(JsonElement schema, string path)
{
    public string PathOf(string word) => $"{path}/{word}";

    public string PathOf(string word, string name) => $"{path}/{word}/{SchemaReferences.Escape(name)}";

    public SchemaException Invalid(string word, string expected) =>
        new($"is not valid at {SchemaText.Clip(PathOf(word))}: it must be {expected}");

    public JsonElement? Any(string word) => schema.TryGetProperty(word, out var value) ? value : null;

    public IReadOnlyList<ValueType> Types()
    {
        if (Any("type") is not { } types)
            return [];
        var names = types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray()] : new[] { types };
        var found = names
            .Select(name => name.ValueKind == JsonValueKind.String ? ValueType.Find(name.GetString()) : null)
            .OfType<ValueType>()
            .ToList();
        return found.Count == names.Length && found.Count > 0
            ? found
            : throw Invalid("type", $"one or more of {string.Join(", ", ValueType.All.Select(type => type.Name))}");
    }

    public string? Text(string word) =>
        Any(word) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Invalid(word, "a string");

    public bool Flag(string word) =>
        Any(word) is { } value
        && (
            value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean()
                : throw Invalid(word, "true or false")
        );

    public JsonElement? Number(string word) =>
        Any(word) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number ? value
        : throw Invalid(word, "a number");

    /// <summary>Returns the limits on a count, or null if both keywords are absent.</summary>
    public (long Min, long Max)? Range(string min, string max) =>
        Any(min) is null && Any(max) is null ? null : (Count(min) ?? 0, Count(max) ?? long.MaxValue);

    public IReadOnlyList<JsonElement>? List(string word) =>
        Any(word) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && (value.GetArrayLength() > 0 || word is "items" or "prefixItems")
            ? [.. value.EnumerateArray()]
        : throw Invalid(word, "an array with at least one element");

    public IReadOnlyList<string> Names(string word) => Any(word) is { } value ? Names(value, PathOf(word)) : [];

    public static IReadOnlyList<string> Names(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(name => name.GetString()!)]
            : throw new SchemaException($"is not valid at {SchemaText.Clip(path)}: it must be an array of names");

    public IReadOnlyList<KeyValuePair<string, JsonElement>> Map(string word) =>
        Any(word) is not { } value ? []
        : value.ValueKind == JsonValueKind.Object
            ? [.. value.EnumerateObject().Select(one => KeyValuePair.Create(one.Name, one.Value))]
        : throw Invalid(word, "an object");

    private long? Count(string word)
    {
        if (Number(word) is not { } number)
            return null;
        var count = number.GetDouble();
        return count >= 0 && Math.Floor(count) == count
            ? count < long.MaxValue
                ? (long)count
                : long.MaxValue
            : throw Invalid(word, "a whole number of 0 or more");
    }
}
