using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Checks citations in documents and code. Every cited test, rule, member and decision must exist.
/// </summary>
public sealed partial class CitationTests
{
    private static IEnumerable<string> Sources =>
        ((string[])["src", "apps", "bench", "tests"]).SelectMany(folder => Repository.Files(folder, "*.cs"));

    [Fact]
    public void Every_test_that_a_document_names_exists()
    {
        var tests = Repository
            .Files("tests", "*.cs")
            .SelectMany(file => TestName().Matches(Repository.Read(file)).Select(m => m.Groups[1].Value))
            .ToHashSet();
        var cited = Repository
            .Files("docs", "*.md")
            .Append("CONTRIBUTING.md")
            .SelectMany(document => CitedTest().Matches(Repository.Read(document)).Select(m => m.Groups[1].Value))
            .ToList();
        Assert.NotEmpty(cited);
        Assert.Empty(cited.Except(tests));
    }

    [Fact]
    public void Every_rule_that_the_code_cites_exists()
    {
        var written = RuleNumber().Matches(Repository.Read("docs/rules.md")).Select(m => m.Value).ToHashSet();
        Assert.Empty(
            from file in Sources
            from Match cited in CitedRule().Matches(Repository.Read(file))
            where !written.Contains(cited.Groups[1].Value)
            select $"{file} cites {cited.Groups[1].Value}"
        );
    }

    [Fact]
    public void Every_member_that_a_document_names_exists_in_the_type_of_the_same_name()
    {
        var sources = Sources.Select(Repository.Read).ToList();
        Assert.Empty(
            from document in Repository.Files("docs", "*.md")
            from Match cited in Member().Matches(Repository.Read(document))
            let type = new Regex($@"\b(?:class|record|interface|struct|enum) {cited.Groups[1].Value}\b")
            let member = new Regex($@"\b{cited.Groups[2].Value}\b")
            where !sources.Any(source => type.IsMatch(source) && member.IsMatch(source))
            select $"{document} names {cited.Value}"
        );
    }

    [Fact]
    public void Every_decision_that_code_and_documents_cite_exists()
    {
        var decisions = Repository.Files("docs/decisions", "*.md").ToHashSet();
        var citing = Sources
            .Concat(Repository.Files("bench", "*.cs"))
            .Concat(Repository.Files("samples", "*.cs"))
            .Concat(Repository.Files("docs", "*.md"))
            .Concat([
                "README.md",
                "CONTRIBUTING.md",
                "CHANGELOG.md",
                "Directory.Build.props",
                "Directory.Packages.props",
            ])
            .Select(file => (File: file, Text: Repository.Read(file)))
            .ToList();
        var paths = citing
            .SelectMany(c => DecisionPath().Matches(c.Text).Select(m => (c.File, Path: m.Value)))
            .ToList();
        var numbers = citing
            .SelectMany(c => DecisionNumber().Matches(c.Text).Select(m => (c.File, Number: m.Groups[1].Value)))
            .ToList();
        var labels = citing.SelectMany(c => DecisionLink().Matches(c.Text).Select(m => (c.File, Link: m))).ToList();

        Assert.NotEmpty(paths);
        Assert.NotEmpty(labels);
        // Citations include the title of the decision, so that a reader notices a wrong number.
        Assert.Empty(paths.Where(c => !decisions.Contains(c.Path)));
        Assert.Empty(numbers.Where(c => !decisions.Any(d => Path.GetFileName(d).StartsWith($"{Padded(c.Number)}-"))));
        Assert.Empty(labels.Where(c => Padded(c.Link.Groups[1].Value) != c.Link.Groups[2].Value));
    }

    [Fact]
    public void Every_decision_has_the_same_form()
    {
        foreach (var decision in Repository.Files("docs/decisions", "*.md"))
        {
            var text = Repository.Read(decision);
            var number = int.Parse(Path.GetFileName(decision)[..4], CultureInfo.InvariantCulture);
            Assert.StartsWith($"# {number}. ", text, StringComparison.Ordinal);
            Assert.Matches(@"^# .+\n\n\d{4}-\d\d-\d\d\b", text);
            foreach (var part in (string[])["**Question.**", "**Decision"])
                Assert.True(text.Contains($"\n{part}", StringComparison.Ordinal), $"{decision} has no section {part}.");
        }
    }

    private static string Padded(string number) =>
        int.Parse(number, CultureInfo.InvariantCulture).ToString("0000", CultureInfo.InvariantCulture);

    /// <summary>Matches `Type.Member` in backticks, with both parts capitalized.</summary>
    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z]\w+)`")]
    private static partial Regex Member();

    [GeneratedRegex(@"docs/decisions/\d[\w.-]*\b")]
    private static partial Regex DecisionPath();

    [GeneratedRegex(@"\bdecisions? (\d+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex DecisionNumber();

    [GeneratedRegex(@"\[decision (\d+)\]\([\w./]*?(\d{4})-[\w-]+\.md\)", RegexOptions.IgnoreCase)]
    private static partial Regex DecisionLink();

    [GeneratedRegex(@"(?:void|Task) ([A-Z]\w*_\w+)\(")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`([A-Z][a-z]*_\w+_\w+)`")]
    private static partial Regex CitedTest();

    [GeneratedRegex(@"\bR\d+\b")]
    private static partial Regex RuleNumber();

    /// <summary>
    /// Matches the number of a cited rule: (R5) or (R6–R9) in a comment, or the suffix of a test name.
    /// </summary>
    [GeneratedRegex(@"(?:\(|, |–|_)(R\d{1,2})\b")]
    private static partial Regex CitedRule();
}
