namespace Headrace.Commands.Output;

/// <summary>
/// Divides the width of a terminal among the columns of a table. Ids, states, numbers and times keep their width,
/// because they are useless when truncated. Only columns of free text are cut.
/// </summary>
internal static class TableLayout
{
    /// <summary>Spaces between two columns.</summary>
    public const int Gap = 2;

    /// <summary>
    /// Columns of free text are not cut below this width. If the table is then still too wide, it is wrapped.
    /// </summary>
    public const int MinWidth = 6;

    /// <summary>
    /// Returns the widths of the columns. Of the columns that may shrink, the widest is cut first, so that short text
    /// remains complete.
    /// </summary>
    public static int[] Widths(IReadOnlyList<int> natural, IReadOnlyList<bool> shrinks, int terminal)
    {
        var widths = natural.ToArray();
        for (var excess = widths.Sum() + (Gap * (widths.Length - 1)) - terminal; excess > 0; excess--)
        {
            var widest = -1;
            for (var i = 0; i < widths.Length; i++)
                if (shrinks[i] && widths[i] > MinWidth && (widest < 0 || widths[i] >= widths[widest]))
                    widest = i;
            if (widest < 0)
                break;
            widths[widest]--;
        }
        return widths;
    }

    /// <summary>
    /// Returns the text at exactly this width. It is padded with spaces, or cut and marked with an ellipsis.
    /// </summary>
    public static string Fit(string text, int width)
    {
        if (text.Length <= width)
            return text.PadRight(width);
        // Cutting between the two surrogates of a character would leave an invalid character.
        var kept = char.IsHighSurrogate(text[width - 2]) ? width - 2 : width - 1;
        return (text[..kept] + "…").PadRight(width);
    }
}
