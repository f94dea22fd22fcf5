namespace Headrace.Bench;

/// <summary>A Markdown table. The first column is left-aligned, and the others are right-aligned.</summary>
internal static class MarkdownTable
{
    public static string Of(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows) =>
        string.Join(
            '\n',
            rows.Select(Row)
                .Prepend($"|{string.Join('|', headings.Select((_, i) => i == 0 ? "---" : "---:"))}|")
                .Prepend(Row(headings))
        ) + "\n";

    private static string Row(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |";
}
