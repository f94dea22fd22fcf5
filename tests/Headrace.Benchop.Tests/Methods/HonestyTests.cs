using System.Globalization;
using System.Text.RegularExpressions;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

public sealed partial class HonestyTests
{
    private const string Rooms = "Headrace.Apps.Benchop";

    [Fact]
    public void A_family_uses_neither_the_references_nor_another_family()
    {
        string[] families = [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "apps", "Benchop", "Methods")).Select(f => Path.GetFileName(f)!)];
        Assert.True(families.Length >= 6);
        foreach (string family in families)
        {
            foreach (string file in Repository.Sources("apps", "Benchop", "Methods", family))
            {
                string text = File.ReadAllText(file);
                Assert.False(
                    text.Contains($"{Rooms}.Reference", StringComparison.Ordinal) || text.Contains("ReferencePrices", StringComparison.Ordinal),
                    $"{file} uses Reference/");
                Assert.False(text.Contains($"{Rooms}.Measuring", StringComparison.Ordinal), $"{file} uses Measuring/");
                foreach (string other in families.Where(f => f != family))
                {
                    Assert.False(Regex.IsMatch(text, $@"\bMethods\.{other}\b"), $"{file} uses the family {other}");
                }
            }
        }
    }

    [Fact]
    public void Shared_rooms_do_not_know_the_families_or_the_references()
    {
        foreach (string room in new[] { "Numerics", "Models", "Problems" })
        {
            foreach (string file in Repository.Sources("apps", "Benchop", room))
            {
                string text = File.ReadAllText(file);
                Assert.False(
                    text.Contains($"{Rooms}.Methods", StringComparison.Ordinal) || text.Contains($"{Rooms}.Reference", StringComparison.Ordinal), file);
            }
        }
    }

    [Fact]
    public void No_reference_value_stands_in_what_is_shipped()
    {
        // Six digits of a value cannot stand in the code by chance; the exact 1, 2, 3 of 1b-II prove nothing either way.
        double[] values = [.. PublishedValues.All.Select(v => v.Value).Where(v => v != Math.Round(v))];
        string[] shipped = [.. Repository.Sources("apps"), .. Repository.Sources("src")];
        Assert.NotEmpty(shipped);
        foreach (string file in shipped.Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
        {
            foreach (Match match in Number().Matches(File.ReadAllText(file)))
            {
                double number = double.Parse(match.Value, CultureInfo.InvariantCulture);
                Assert.False(Array.Exists(values, v => Math.Abs((number / v) - 1) < 1e-6), $"{file} contains {match.Value}, a reference value");
            }
        }
    }

    [Fact]
    public void No_method_branches_on_the_name_of_a_problem()
    {
        foreach (string file in Repository.Sources("apps", "Benchop", "Methods"))
        {
            Assert.False(Regex.IsMatch(File.ReadAllText(file), @"[pP]roblem\.(Id|Key)\b"), $"{file} reads a problem's name");
        }
    }

    [GeneratedRegex(@"(?<![\w.])\d+\.\d{4,}(?![\w.])")]
    private static partial Regex Number();
}
