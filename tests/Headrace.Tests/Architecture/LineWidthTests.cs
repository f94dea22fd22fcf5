using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Limits lines to 120 columns in code, protocol files, scripts and documents. tests/long-lines.txt lists the files
/// that still contain longer lines, with the number of such lines. The test also fails if that list is outdated.
/// </summary>
public sealed partial class LineWidthTests
{
    private const int Width = 120;

    private const string Listing = "tests/long-lines.txt";

    private static readonly string[] Roots = ["src", "apps", "tests", "samples", "bench", "docs"];

    [Fact]
    public void No_line_is_longer_than_120_columns()
    {
        var listed = Repository
            .Read(Listing)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'));

        var found = Files()
            .Select(file => (file, lines: LongLines(file).Count()))
            .Where(counted => counted.lines > 0)
            .Select(counted => $"{counted.file} {counted.lines}")
            .Order(StringComparer.Ordinal)
            .ToList();

        Assert.True(
            listed.SequenceEqual(found),
            $"{Listing} must contain, after its comments (shorten the list if you can):\n{string.Join('\n', found)}"
        );
    }

    [Theory]
    [InlineData("a.cs", "code", true)]
    [InlineData("a.md", "prose", true)]
    [InlineData("a.md", "| cell | ", false)]
    [InlineData("a.md", "```\ncommand", false)]
    [InlineData("a.md", "```\ncommand\n```\nprose", true)]
    [InlineData("a.sh", "command", true)]
    public void Only_lines_that_can_be_wrapped_count(string file, string beginning, bool counts)
    {
        var text = $"{beginning} {string.Concat(Enumerable.Repeat("word ", 24))}end";

        Assert.Equal(counts ? 1 : 0, LongLines(file, text.Split('\n')).Count());
    }

    [Theory]
    [InlineData("a.md", "  - [page](")]
    [InlineData("a.cs", "    // https://")]
    public void A_link_alone_on_its_line_cannot_be_wrapped(string file, string beginning) =>
        Assert.Empty(LongLines(file, [beginning + new string('x', Width)]));

    private static IEnumerable<string> Files() =>
        Roots
            .SelectMany(folder => Repository.Files(folder, "*"))
            .Concat(Directory.EnumerateFiles(Repository.Root).Select(path => Path.GetFileName(path)!))
            .Where(file => Path.GetExtension(file) is ".cs" or ".proto" or ".md" or ".py" or ".sh" || IsScript(file));

    private static bool IsScript(string file) =>
        Path.GetExtension(file).Length == 0
        && File.ReadLines(Path.Combine(Repository.Root, file))
            .FirstOrDefault("")
            .StartsWith("#!", StringComparison.Ordinal);

    private static IEnumerable<string> LongLines(string file) =>
        LongLines(file, File.ReadLines(Path.Combine(Repository.Root, file)));

    private static IEnumerable<string> LongLines(string file, IEnumerable<string> lines)
    {
        var prose = Path.GetExtension(file) == ".md";
        var fenced = false;
        foreach (var line in lines)
        {
            if (prose && line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                fenced = !fenced;
            if (prose && (fenced || line.TrimStart().StartsWith('|')))
                continue;
            if (
                line.EnumerateRunes().Count() > Width
                && Lead().Replace(line, "").Contains(' ', StringComparison.Ordinal)
            )
                yield return line;
        }
    }

    /// <summary>Matches the indentation and the marker of a comment, list item or quotation.</summary>
    [GeneratedRegex(@"^\s*(?:(?://+|#|[-*>]|\d+\.)\s+)?")]
    private static partial Regex Lead();
}
