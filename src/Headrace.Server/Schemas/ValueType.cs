using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// A JSON Schema type: its name, its description in error messages, and a function that returns whether a value has
/// this type.
/// </summary>
internal sealed record ValueType(string Name, string Description, Func<JsonElement, bool> Includes)
{
    public static readonly IReadOnlyList<ValueType> All =
    [
        new("null", "null", value => value.ValueKind == JsonValueKind.Null),
        new("boolean", "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False),
        new("integer", "a whole number", JsonNumber.IsInteger),
        new("number", "a number", value => value.ValueKind == JsonValueKind.Number),
        new("string", "a string", value => value.ValueKind == JsonValueKind.String),
        new("array", "an array", value => value.ValueKind == JsonValueKind.Array),
        new("object", "an object", value => value.ValueKind == JsonValueKind.Object),
    ];

    public static ValueType? Find(string? name) => All.FirstOrDefault(type => type.Name == name);
}
