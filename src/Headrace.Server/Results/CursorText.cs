using Headrace.Core.Results;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>The text form of a cursor in a URL: base64url without padding.</summary>
internal static class CursorText
{
    public static string Write(Cursor cursor) => cursor.ToString().TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static Result<Cursor> Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Cursor.Start;
        var padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (text.Length % 4)) % 4);
        return Cursor.TryParse(padded, out var cursor)
            ? cursor
            : Problem.BadRequest(
                $"after={QuotedText.Clip(text)} is not a valid cursor. Use the value of 'next' from the previous page."
            );
    }
}
