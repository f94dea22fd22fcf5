namespace Headrace.Protocol.Local;

/// <summary>
/// Makes text of unknown origin safe for a terminal. Control characters can move the cursor, change the title or forge
/// lines. Characters that reorder text can make a line look like a different one.
/// </summary>
public static class TerminalText
{
    /// <summary>Returns the text as a single line without tabs: each unsafe character becomes a space.</summary>
    public static string OneLine(string text) => Replace(text, static c => IsUnsafe(c) || char.IsControl(c));

    /// <summary>
    /// Returns the text with its line breaks and tabs unchanged. Every other unsafe character becomes a space.
    /// </summary>
    public static string Lines(string text) =>
        Replace(text, static c => IsUnsafe(c) || (char.IsControl(c) && c is not '\n' and not '\t'));

    /// <summary>
    /// Returns true for line separators that are not control characters, and for characters that reorder text.
    /// </summary>
    private static bool IsUnsafe(char c) =>
        c
            is '\u061c'
                or '\u200e'
                or '\u200f'
                or (>= '\u2028' and <= '\u202e')
                or (>= '\u2066' and <= '\u2069')
                or '\ufeff';

    private static string Replace(string text, Func<char, bool> isUnsafe) =>
        text.Any(isUnsafe) ? string.Concat(text.Select(c => isUnsafe(c) ? ' ' : c)) : text;
}
