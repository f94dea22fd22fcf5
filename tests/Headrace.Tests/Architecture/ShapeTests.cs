using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

public sealed partial class ShapeTests
{
    private static readonly string[] Roots = ["src", "apps", "bench", "tests", "tools"];

    private static IEnumerable<string> Sources => Roots.SelectMany(folder => Repository.Files(folder, "*.cs"));

    [Fact]
    public void No_hand_written_file_has_more_than_500_lines() =>
        Assert.Empty(
            Sources
                .Select(file => (file, lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
                .Where(f => f.lines > 500)
        );

    [Fact]
    public void No_file_of_Core_has_more_than_300_lines()
    {
        var files = Repository
            .Files("src/Headrace.Core", "*.cs")
            .Select(file => (file, lines: File.ReadLines(Path.Combine(Repository.Root, file)).Count()))
            .ToList();
        Assert.Empty(files.Where(f => f.lines > 300));
        Assert.InRange(files.Single(f => f.file.EndsWith("/Broker.cs", StringComparison.Ordinal)).lines, 1, 200);
    }

    [Fact]
    public void A_namespace_matches_its_folder()
    {
        var strays =
            from file in Sources
            let space = NamespaceLine().Match(Repository.Read(file))
            where space.Success
            let folder = Path.GetDirectoryName(file)!.Replace('/', '.')
            let expected = folder.StartsWith("apps.", StringComparison.Ordinal)
                ? "Headrace.Apps." + folder[5..]
                : folder[(folder.IndexOf('.', StringComparison.Ordinal) + 1)..]
            where space.Groups[1].Value != expected
            select $"{file} has the namespace {space.Groups[1].Value} instead of {expected}.";
        Assert.Empty(strays);
    }

    /// <summary>
    /// The framework parses NaN, Infinity and 1e400 as numbers, which no rule expects. NumberText rejects them.
    /// </summary>
    [Fact]
    public void Only_one_file_parses_fractional_numbers_and_none_uses_the_time_spans_of_the_framework() =>
        Assert.Equal(
            ["src/Headrace.Protocol/Json/NumberText.cs"],
            Repository
                .Files("src", "*.cs")
                .Concat(Repository.Files("apps", "*.cs"))
                .Where(file => FractionParser().IsMatch(Repository.Read(file)))
        );

    [Fact]
    public void No_type_has_a_generic_name_such_as_Manager() =>
        Assert.Empty(Sources.Where(file => VagueName().IsMatch(Path.GetFileNameWithoutExtension(file))));

    [Fact]
    public void No_test_is_skipped_in_the_code() =>
        Assert.Empty(Repository.Files("tests", "*.cs").Where(file => SkippedTest().IsMatch(Repository.Read(file))));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\b(double|float|Double|Single|TimeSpan)\.(Try)?Parse(Exact)?\(")]
    private static partial Regex FractionParser();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Common|Base)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"(Fact|Theory)\([^)]*Skip")]
    private static partial Regex SkippedTest();
}
