using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Http;

/// <summary>
/// The content types that the server accepts for bodies and results. It returns them in headers, and a header cannot
/// contain control characters or characters outside ASCII, even where the grammar of media types allows them.
/// </summary>
internal static class ContentTypes
{
    public const int MaxLength = 200;

    /// <summary>The default content type of a body given as text.</summary>
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>The content type of bytes whose type is unknown.</summary>
    public const string OctetStream = "application/octet-stream";

    /// <summary>The requirements for a content type, as stated in error messages.</summary>
    public static readonly string Description =
        $"at most {MaxLength} printable ASCII characters, for example {OctetStream}";

    public static bool IsValid(string text) =>
        text is PlainText or OctetStream
        || (
            text.Length <= MaxLength
            && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            && MediaTypeHeaderValue.TryParse(text, out _)
        );
}
