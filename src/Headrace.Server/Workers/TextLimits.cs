namespace Headrace.Server.Workers;

/// <summary>
/// Bounds of the texts that workers send. What is longer is cut, and says so: to refuse an outcome for its words would
/// lose the outcome.
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
        // Never between the halves of one character.
        var end = char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters;
        return $"{text.AsSpan(0, end)}… ({text.Length} characters in all)";
    }
}
