using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>Tests that the documents are up to date: every path, heading and type that they name must exist.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
        [
            .. Directory
                .EnumerateFiles(Repository.Root, "*.md")
                .Select(path => Path.GetFileName(path))
                .Concat(Repository.Files("docs", "*.md")),
        ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_a_document_names_exists(string document)
    {
        var text = Repository.Read(document);
        var named = PathInCode()
            .Matches(text)
            .Select(m => m.Groups[1].Value)
            .Concat(
                Link()
                    .Matches(text)
                    .Select(m =>
                        Path.GetRelativePath(
                            Repository.Root,
                            Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, m.Groups[1].Value)
                        )
                    )
            );
        Assert.Empty(named.Where(path => !Path.Exists(Path.Combine(Repository.Root, path.TrimEnd('/')))));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_heading_that_a_document_links_to_exists(string document) =>
        Assert.Empty(
            from Match link in HeadingLink().Matches(Repository.Read(document))
            let path = link.Groups[1].Value
            let target = path.Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, path)
            where !Anchors(target).Contains(link.Groups[2].Value)
            select link.Value
        );

    [Theory]
    [MemberData(nameof(Documents))]
    public void Prose_is_wrapped_at_120_columns(string document)
    {
        var wide = new List<string>();
        var code = false;
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, document)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                code = !code;
            // Tables and indented code cannot be wrapped, and neither can a line that is a single word, such as a link.
            else if (!code && line.Length > 120 && line[0] != '|' && line[..4] != "    " && line.Trim().Contains(' '))
                wide.Add(line);
        }
        Assert.Empty(wide);
    }

    [Fact]
    public void The_README_can_be_read_in_five_minutes() =>
        Assert.InRange(File.ReadLines(Path.Combine(Repository.Root, "README.md")).Count(), 100, 240);

    [Fact]
    public void Every_member_that_the_map_names_exists()
    {
        var code = string.Join(
            '\n',
            Repository.Files("src", "*.cs").Concat(Repository.Files("apps", "*.cs")).Select(Repository.Read)
        );
        foreach (
            var document in Repository
                .Files("docs", "*.md")
                .Where(d => !d.StartsWith("docs/decisions", StringComparison.Ordinal))
        )
        {
            foreach (Match member in Member().Matches(Repository.Read(document)))
            {
                var (type, name) = (member.Groups[1].Value, member.Groups[2].Value);
                Assert.True(
                    Regex.IsMatch(code, $@"\b(class|record|interface|struct|enum) {type}\b"),
                    $"{document} names the type {type}, which does not exist."
                );
                Assert.True(
                    Regex.IsMatch(code, $@"\b{name}\b"),
                    $"{document} names {type}.{name}, which does not exist."
                );
            }
        }
    }

    /// <summary>Returns the anchors that GitHub generates for the headings in a document.</summary>
    private static HashSet<string> Anchors(string document) =>
        [
            .. Heading()
                .Matches(Repository.Read(document))
                .Select(heading => Punctuation().Replace(heading.Groups[1].Value.ToLowerInvariant(), ""))
                .Select(heading => heading.Trim().Replace(' ', '-')),
        ];

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\s-]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]*)#([^)]+)\)")]
    private static partial Regex HeadingLink();

    [GeneratedRegex(@"`((?:src|apps|tests|docs|bench|samples|deploy)/[\w./-]+)`")]
    private static partial Regex PathInCode();

    [GeneratedRegex(@"\]\((?!https?:|#|/)([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    /// <summary>Matches `Type.Member` in backticks, with both parts capitalized.</summary>
    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z]\w+)(?:\(\))?`")]
    private static partial Regex Member();
}
