namespace Headrace.Server.Workers;

/// <summary>
/// Limits for the texts that workers send. A longer text is truncated and marked as such, because rejecting the message
/// for a text that is too long would lose the outcome.
/// </summary>
internal static class TextLimits
{
    public const int Line = 1 << 10;
    public const int Message = 8 << 10;
    public const int Detail = 64 << 10;

    public static string Truncate(string text, int characters)
    {
        if (text.Length <= characters)
            return text;
        // Never splits a surrogate pair.
        var end = char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters;
        return $"{text.AsSpan(0, end)}… ({text.Length} characters in total)";
    }
}
