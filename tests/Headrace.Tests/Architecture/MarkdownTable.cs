namespace Headrace.Tests.Architecture;

/// <summary>Reads tables and sections of Markdown text for the document tests.</summary>
internal static class MarkdownTable
{
    /// <summary>
    /// Returns the rows of the tables in the text, cell by cell, without the delimiter row below the header.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> In(string markdown) =>
        [
            .. markdown
                .Split('\n')
                .Where(line => line.StartsWith('|') && !line.StartsWith("|--", StringComparison.Ordinal))
                .Select(line =>
                    (IReadOnlyList<string>)[.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())]
                ),
        ];

    /// <summary>Returns the text below a heading, up to the next heading of the same or a higher level.</summary>
    public static string Section(string markdown, string heading)
    {
        var lines = markdown.Split('\n');
        var start = Array.IndexOf(lines, heading);
        if (start < 0)
            throw new ArgumentException($"The document has no heading '{heading}'.", nameof(heading));
        var level = heading.TakeWhile(c => c == '#').Count();
        var end = Array.FindIndex(
            lines,
            start + 1,
            line => line.TakeWhile(c => c == '#').Count() is var depth && depth > 0 && depth <= level
        );
        return string.Join('\n', lines[(start + 1)..(end < 0 ? lines.Length : end)]);
    }
}
