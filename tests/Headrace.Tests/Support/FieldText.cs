using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Tests.Support;

/// <summary>
/// Formats a value as text that includes all of its fields, so that a test can compare two values and show the
/// difference.
/// </summary>
internal static class FieldText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Of(object value) =>
        $"{value.GetType().Name} {JsonSerializer.Serialize(value, value.GetType(), Options)}";

    public static IReadOnlyList<string> All(IEnumerable<object> values) => [.. values.Select(Of)];
}
