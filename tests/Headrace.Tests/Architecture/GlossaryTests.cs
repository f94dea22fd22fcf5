using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>Tests that docs/glossary.md is short and complete and defines only terms that are used.</summary>
public sealed class GlossaryTests
{
    private const string Document = "docs/glossary.md";

    private static readonly IReadOnlyList<string> Header =
    [
        "term",
        "definition",
        "Celery",
        "BullMQ",
        "Temporal",
        "Slurm",
    ];

    private static IReadOnlyList<IReadOnlyList<string>> Rows => MarkdownTable.In(Repository.Read(Document));

    private static IEnumerable<IReadOnlyList<string>> Terms => Rows.Skip(1);

    [Fact]
    public void The_glossary_has_at_most_40_terms_without_duplicates()
    {
        var terms = Terms.Select(row => row[0]).ToList();

        Assert.InRange(terms.Count, 20, 40);
        Assert.Equal(terms.Distinct(StringComparer.OrdinalIgnoreCase), terms);
    }

    [Fact]
    public void Every_term_has_a_definition_of_at_most_two_lines_and_an_entry_for_each_other_system()
    {
        Assert.Equal(Header, Rows[0]);
        Assert.All(
            Terms,
            row =>
            {
                Assert.Equal(Header.Count, row.Count);
                Assert.DoesNotContain("", row);
                Assert.InRange(row[1].Length, 20, 160);
            }
        );
    }

    [Fact]
    public void Every_term_is_used_outside_the_glossary()
    {
        var texts = Repository
            .Files("docs", "*.md")
            .Where(document => document != Document)
            .Append("README.md")
            .Concat(Repository.Files("src", "*.cs"))
            .Select(Repository.Read)
            .ToList();

        Assert.Empty(
            Terms
                .Select(row => row[0])
                .Where(term =>
                    !texts.Any(text => Regex.IsMatch(text, $@"\b{Regex.Escape(term)}", RegexOptions.IgnoreCase))
                )
        );
    }
}
