using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Compares actual output with the output that a document prints. In the document, "…" matches any text within a line,
/// or any JSON value, that differs from run to run.
/// </summary>
internal static class PrintedOutput
{
    public const string Wildcard = "…";

    public static bool Matches(string printedLine, string line) =>
        Regex.IsMatch(line, $"^{string.Join(".*", printedLine.TrimEnd().Split(Wildcard).Select(Regex.Escape))}$");

    /// <summary>Asserts that the output has exactly the printed lines.</summary>
    public static void AssertMatches(string printed, string output, string source)
    {
        var (expected, lines) = (Lines(printed), Lines(output));
        for (var i = 0; i < expected.Length; i++)
            Assert.True(
                i < lines.Length && Matches(expected[i], lines[i]),
                $"{source}: expected line {i + 1} to be\n{expected[i]}\nbut found\n{lines.ElementAtOrDefault(i)}\n"
                    + $"in the output\n{output}"
            );
        Assert.True(lines.Length == expected.Length, $"{source} shows fewer lines than the output has:\n{output}");
    }

    /// <summary>Asserts that a JSON value matches the printed value, with its members in any order.</summary>
    public static void AssertMatches(JsonElement printed, JsonElement actual, string at)
    {
        if (printed.ValueKind == JsonValueKind.String && printed.GetString() == Wildcard)
            return;
        Assert.True(printed.ValueKind == actual.ValueKind, $"{at}: expected {printed} but found {actual}.");
        switch (printed.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(
                    printed.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal),
                    actual.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)
                );
                foreach (var member in printed.EnumerateObject())
                    AssertMatches(member.Value, actual.GetProperty(member.Name), $"{at}.{member.Name}");
                break;
            case JsonValueKind.Array:
                Assert.Equal(printed.GetArrayLength(), actual.GetArrayLength());
                for (var i = 0; i < printed.GetArrayLength(); i++)
                    AssertMatches(printed[i], actual[i], $"{at}[{i}]");
                break;
            default:
                Assert.Equal(printed.ToString(), actual.ToString());
                break;
        }
    }

    private static string[] Lines(string text) => [.. text.TrimEnd().Split('\n').Select(line => line.TrimEnd())];
}
