namespace Headrace.Bench;

/// <summary>A table in Markdown: the first column is aligned left, the others right.</summary>
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
