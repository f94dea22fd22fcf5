namespace Headrace.Commands.Output;

/// <summary>
/// Divides the width of a terminal among the columns of a table. Ids, states, numbers and times keep their width,
/// because a truncated one is useless; only columns of free text are cut.
/// </summary>
internal static class TableLayout
{
    /// <summary>Spaces between two columns.</summary>
    public const int Gap = 2;

    /// <summary>Free text is not cut below this width. A table that is then still too wide is wrapped.</summary>
    public const int MinWidth = 6;

    /// <summary>
    /// Returns the widths of the columns. The widest column of those that may shrink is cut first, so that short text
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
    /// Returns the text with exactly this width: filled with spaces, or cut and marked with an ellipsis.
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
