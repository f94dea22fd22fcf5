namespace Headrace.Apps.Benchop.Reports;

/// <summary>Formats a table as CSV (RFC 4180), as Markdown, or as a LaTeX <c>tabular</c>.</summary>
internal static class TableText
{
    /// <param name="caption">A sentence below the table; CSV has no place for it.</param>
    public static string Of(
        TableFormat format,
        IReadOnlyList<string> headings,
        IEnumerable<IReadOnlyList<string>> rows,
        string caption
    ) =>
        format switch
        {
            TableFormat.Csv => string.Join('\n', rows.Prepend(headings).Select(CsvLine)),
            TableFormat.Markdown => Markdown(headings, rows, caption),
            TableFormat.Latex => Latex(headings, rows, caption),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Text is written by the terminal."),
        };

    private static string CsvLine(IEnumerable<string> cells) => string.Join(',', cells.Select(CsvCell));

    private static string CsvCell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Markdown(
        IReadOnlyList<string> headings,
        IEnumerable<IReadOnlyList<string>> rows,
        string caption
    )
    {
        IEnumerable<string> lines =
        [
            MarkdownLine(headings),
            $"|{string.Concat(Enumerable.Repeat("---|", headings.Count))}",
            .. rows.Select(MarkdownLine),
        ];
        return $"{string.Join('\n', lines)}\n\n{caption}";
    }

    private static string MarkdownLine(IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |";

    private static string Latex(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, string caption)
    {
        IEnumerable<string> lines =
        [
            @"\begin{table}",
            @"\centering",
            $@"\begin{{tabular}}{{l{new string('r', headings.Count - 1)}}}",
            @"\hline",
            LatexLine(headings),
            @"\hline",
            .. rows.Select(LatexLine),
            @"\hline",
            @"\end{tabular}",
            $@"\caption{{{LatexCell(caption)}}}",
            @"\end{table}",
        ];
        return string.Join('\n', lines);
    }

    private static string LatexLine(IEnumerable<string> cells) => string.Join(" & ", cells.Select(LatexCell)) + @" \\";

    private static string LatexCell(string text) =>
        string.Concat(
            text.Select(c =>
                c switch
                {
                    '&' or '%' or '$' or '#' or '_' or '{' or '}' => $@"\{c}",
                    '\\' => @"\textbackslash{}",
                    '~' => @"\textasciitilde{}",
                    '^' => @"\textasciicircum{}",
                    _ => c.ToString(),
                }
            )
        );
}
