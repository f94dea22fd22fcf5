namespace Headrace.Server.Http;

/// <summary>Shortens text from a request for an error message, so that the message stays readable and small.</summary>
internal static class QuotedText
{
    /// <summary>Maximum length of a quoted value in characters. It is longer than any valid name.</summary>
    private const int MaxLength = 80;

    /// <summary>Maximum number of names in a list.</summary>
    private const int MaxNames = 50;

    public static string Clip(string text) => Clip(text, MaxLength);

    public static string Clip(string text, int length)
    {
        if (text.Length <= length)
            return text;
        // Never splits a surrogate pair.
        var end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end] + "…";
    }

    /// <summary>Lists the first names and states the number of omitted names.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MaxNames).Select(name => Clip(name)))
        + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
}
