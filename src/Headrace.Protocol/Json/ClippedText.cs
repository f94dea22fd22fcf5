namespace Headrace.Protocol.Json;

/// <summary>
/// Shortens text that a message quotes, so that the message stays readable and small whatever was received.
/// </summary>
internal static class ClippedText
{
    /// <summary>Maximum length of a quoted value in characters, longer than any valid name.</summary>
    private const int MaxLength = 80;

    public static string Of(string text) => Of(text, MaxLength);

    public static string Of(string text, int length)
    {
        if (text.Length <= length)
            return text;
        // Never splits a surrogate pair.
        var end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end] + "…";
    }
}
