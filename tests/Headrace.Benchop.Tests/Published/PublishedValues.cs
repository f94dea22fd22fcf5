using System.Globalization;
using System.Text.Json;

namespace Headrace.Benchop.Tests.Published;

/// <summary>
/// Reads the file of published reference values. The file exists only in the tests; shipped sources must not contain
/// any of its values.
/// </summary>
internal static class PublishedValues
{
    public static IReadOnlyList<PublishedValue> All { get; } = Read();

    public static double[] Of(string problemId) => [.. All.Where(v => v.ProblemId == problemId).Select(v => v.Value)];

    private static List<PublishedValue> Read()
    {
        using var stream = typeof(PublishedValues).Assembly.GetManifestResourceStream("benchop-reference.json")!;
        using var document = JsonDocument.Parse(stream);
        return [.. document.RootElement.GetProperty("entries").EnumerateArray().Select(Value)];
    }

    private static PublishedValue Value(JsonElement entry)
    {
        var quantity = entry.GetProperty("quantity").GetString()!;
        var set = entry.GetProperty("parameterSet").GetString();
        var id =
            entry.GetProperty("problem").GetString()
            + (quantity == "price" ? "" : $"-{quantity}")
            + (set is null ? "" : $"-{set}");
        return new(
            id,
            [.. entry.GetProperty("spots").EnumerateArray().Select(s => s.GetDouble())],
            double.Parse(entry.GetProperty("value").GetString()!, CultureInfo.InvariantCulture),
            entry.GetProperty("digits").GetInt32()
        );
    }
}
