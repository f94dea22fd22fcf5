namespace Headrace.Server.Workers;

/// <summary>
/// Length limits for text sent by workers. Text that exceeds the limit is truncated and marked as truncated, because
/// rejecting the whole message would lose the outcome.
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
