using Headrace.Protocol.Json;

namespace Headrace.Server.Http;

/// <summary>Shortens text from a request for an error message, so that the message stays readable and small.</summary>
internal static class QuotedText
{
    /// <summary>Maximum number of names in a list.</summary>
    private const int MaxNames = 50;

    public static string Clip(string text) => ClippedText.Of(text);

    public static string Clip(string text, int length) => ClippedText.Of(text, length);

    /// <summary>Lists the first names and states the number of omitted names.</summary>
    public static string List(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MaxNames).Select(name => Clip(name)))
        + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
}
