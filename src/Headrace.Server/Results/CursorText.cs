using Headrace.Core.Results;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>
/// A cursor as it stands in an address: base64 with the two signs that an address would change replaced, and without
/// padding.
/// </summary>
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
                $"after={text} is no cursor of this server. Take it from the member 'next' of the page before."
            );
    }
}
