using System.Text.RegularExpressions;

namespace Headrace.Commands.Output;

/// <summary>
/// Divides the width of a terminal among the columns of a table. Names and text are truncated if the terminal is too
/// narrow. The first column, which identifies the row, and every id, state, number, size and time keep their width,
/// because they are useless when truncated. If the table is still too wide, the terminal wraps it.
/// </summary>
internal static partial class TableLayout
{
    /// <summary>Spaces between two columns.</summary>
    public const int Gap = 2;

    /// <summary>No column is made narrower than this.</summary>
    public const int MinWidth = 6;

    /// <summary>Long enough for the longest state of a queue: <c>paused, draining, no room for results</c>.</summary>
    private const int MaxExactLength = 40;

    /// <summary>
    /// Returns the widths of the columns. The widest column that may be truncated is narrowed first, so that short text
    /// remains complete.
    /// </summary>
    public static int[] Widths(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows, int terminal)
    {
        var widths = headings.Select((heading, i) => rows.Select(row => row[i].Length).Prepend(heading.Length).Max());
        return Widths([.. widths], [.. headings.Select((_, i) => LeastWidth(i, rows.Select(row => row[i])))], terminal);
    }

    /// <summary>Pads the text with spaces to exactly this width, or truncates it and adds an ellipsis.</summary>
    public static string Fit(string text, int width)
    {
        if (text.Length <= width)
            return text.PadRight(width);
        // Cutting between the two halves of a surrogate pair would leave an invalid character.
        var kept = char.IsHighSurrogate(text[width - 2]) ? width - 2 : width - 1;
        return (text[..kept] + "…").PadRight(width);
    }

    private static int[] Widths(int[] widths, int[] least, int terminal)
    {
        for (var excess = widths.Sum() + (Gap * (widths.Length - 1)) - terminal; excess > 0; excess--)
        {
            var widest = -1;
            for (var i = 0; i < widths.Length; i++)
                if (widths[i] > least[i] && (widest < 0 || widths[i] >= widths[widest]))
                    widest = i;
            if (widest < 0)
                break;
            widths[widest]--;
        }
        return widths;
    }

    /// <summary>Returns the minimum width of a column.</summary>
    private static int LeastWidth(int column, IEnumerable<string> cells)
    {
        var (exact, hasText) = (MinWidth, false);
        foreach (var cell in cells)
            if (IsExact(cell))
                exact = Math.Max(exact, cell.Length);
            else
                hasText = true;
        return column > 0 && hasText ? exact : int.MaxValue;
    }

    /// <summary>
    /// Returns whether a cell is a state, which consists of words in lower case, or a value that begins with a digit:
    /// an id, a number, a size or a time.
    /// </summary>
    private static bool IsExact(string cell) =>
        cell.Length <= MaxExactLength && (cell is "" or "-" || Exact().IsMatch(cell));

    [GeneratedRegex(@"^([+-]?[0-9]|[a-z]+(,? [a-z]+)*( \([a-z -]+\))?$)")]
    private static partial Regex Exact();
}
