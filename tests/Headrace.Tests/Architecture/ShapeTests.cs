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
            [
                // Whole numbers of 64 bits in the proto3 JSON mapping, which may be written as 1.0 or 1e3.
                "src/Headrace.Protocol/Exchange/JsonWireReader.cs",
                "src/Headrace.Protocol/Json/NumberText.cs",
                // The bounds of a Range attribute, which the author of a method writes.
                "src/Headrace.Worker/Methods/Annotations.cs",
            ],
            Programs.Where(file => FractionParser().IsMatch(Repository.Read(file))).Order(StringComparer.Ordinal)
        );

    /// <summary>A time has the same meaning wherever it is written.</summary>
    [Fact]
    public void Only_one_file_parses_times_and_two_more_parse_dates() =>
        Assert.Equal(
            [
                // Dates and times of day on the command line.
                "src/Headrace.Commands/Input/TimestampText.cs",
                // Dates in filters.
                "src/Headrace.Protocol/Json/JobFilterParser.cs",
                "src/Headrace.Protocol/Json/Rfc3339.cs",
            ],
            Programs.Where(file => TimeParser().IsMatch(Repository.Read(file))).Order(StringComparer.Ordinal)
        );

    /// <summary>
    /// Texts from elsewhere may contain terminal control sequences, and standard error may be closed. The listed files
    /// handle both. All others write through them.
    /// </summary>
    [Fact]
    public void Only_these_files_use_the_console() =>
        Assert.Equal(
            [
                "src/Headrace.Commands/Output/JobProgressBar.cs",
                "src/Headrace.Commands/Output/Terminal.cs",
                // A program that depends on nothing. Its message contains no text from elsewhere.
                "src/Headrace.Mpi/MpiRuntime.cs",
                "src/Headrace.Protocol/Local/StandardError.cs",
                // The usage, and the description in JSON, whose strings are escaped.
                "src/Headrace.Worker/HeadraceWorker.cs",
            ],
            Programs.Where(file => ConsoleOutput().IsMatch(Repository.Read(file))).Order(StringComparer.Ordinal)
        );

    private static IEnumerable<string> Programs =>
        Repository.Files("src", "*.cs").Concat(Repository.Files("apps", "*.cs"));

    [Fact]
    public void No_type_has_a_generic_name_such_as_Manager() =>
        Assert.Empty(Sources.Where(file => VagueName().IsMatch(Path.GetFileNameWithoutExtension(file))));

    [Fact]
    public void No_test_is_skipped_in_the_code() =>
        Assert.Empty(Repository.Files("tests", "*.cs").Where(file => SkippedTest().IsMatch(Repository.Read(file))));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\b(double|float|decimal|Double|Single|Decimal|Half|TimeSpan)\.(Try)?Parse(Exact)?\(")]
    private static partial Regex FractionParser();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset|DateOnly|TimeOnly)\.(Try)?Parse(Exact)?\(")]
    private static partial Regex TimeParser();

    [GeneratedRegex(@"\bConsole\.(Out|Error|Write|WriteLine|OpenStandardOutput|OpenStandardError)\b")]
    private static partial Regex ConsoleOutput();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Common|Base)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"(Fact|Theory)\([^)]*Skip")]
    private static partial Regex SkippedTest();
}
