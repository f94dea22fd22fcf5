using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Compares actual output with what a document prints. In print, "…" stands for anything that differs from run to run,
/// within its line or its JSON value.
/// </summary>
internal static class Printed
{
    public const string Whatever = "…";

    public static bool Fits(string printedLine, string line) =>
        Regex.IsMatch(line, $"^{string.Join(".*", printedLine.TrimEnd().Split(Whatever).Select(Regex.Escape))}$");

    /// <summary>Asserts that the lines are exactly those that are printed.</summary>
    public static void Holds(string printed, string output, string of)
    {
        var (wanted, lines) = (Lines(printed), Lines(output));
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(
                i < lines.Length && Fits(wanted[i], lines[i]),
                $"{of}: line {i + 1} is printed as\n{wanted[i]}\nand came as\n{(i < lines.Length ? lines[i] : "nothing")}\nin\n{output}"
            );
        Assert.True(lines.Length == wanted.Length, $"{of}: more came than is printed:\n{output}");
    }

    /// <summary>Asserts that the value is the printed one, member by member, in any order.</summary>
    public static void Holds(JsonElement printed, JsonElement came, string at)
    {
        if (printed.ValueKind == JsonValueKind.String && printed.GetString() == Whatever)
            return;
        Assert.True(printed.ValueKind == came.ValueKind, $"{at} is printed as {printed} and came as {came}.");
        switch (printed.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(
                    printed.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal),
                    came.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)
                );
                foreach (var member in printed.EnumerateObject())
                    Holds(member.Value, came.GetProperty(member.Name), $"{at}.{member.Name}");
                break;
            case JsonValueKind.Array:
                Assert.Equal(printed.GetArrayLength(), came.GetArrayLength());
                for (var i = 0; i < printed.GetArrayLength(); i++)
                    Holds(printed[i], came[i], $"{at}[{i}]");
                break;
            default:
                Assert.Equal(printed.ToString(), came.ToString());
                break;
        }
    }

    private static string[] Lines(string text) => [.. text.TrimEnd().Split('\n').Select(line => line.TrimEnd())];
}
