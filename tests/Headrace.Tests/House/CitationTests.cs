using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.House;

/// <summary>What pages and code refer to by name or number: tests, rules and blocks must be there.</summary>
public sealed partial class CitationTests
{
    private static IEnumerable<string> Sources =>
        ((string[])["src", "apps", "bench", "tests"]).SelectMany(room => Repository.Files(room, "*.cs"));

    [Fact]
    public void Every_test_a_document_names_exists()
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
    public void Every_rule_the_code_cites_is_written()
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
    public void Every_member_a_document_names_stands_where_its_type_does()
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

    /// <summary>`Type.Member` in code marks, both in capitals.</summary>
    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z]\w+)`")]
    private static partial Regex Member();

    [GeneratedRegex(@"(?:void|Task) ([A-Z]\w*_\w+)\(")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`([A-Z][a-z]*_\w+_\w+)`")]
    private static partial Regex CitedTest();

    [GeneratedRegex(@"\bR\d+\b")]
    private static partial Regex RuleNumber();

    /// <summary>In a comment, as (R5) or (R6–R9); in a test's name, at its end.</summary>
    [GeneratedRegex(@"(?:\(|, |–|_)(R\d{1,2})\b")]
    private static partial Regex CitedRule();
}
