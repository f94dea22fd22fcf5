using System.Globalization;
using Headrace.Protocol.Json;

namespace Headrace.Commands.Input;

/// <summary>
/// Parses a point in time as users write it: an RFC 3339 time, or a duration from now such as <c>10m</c>.
/// </summary>
public static class TimestampText
{
    public const string Format = "a time such as 2030-01-31T18:00:00Z, or a duration from now such as 10m";

    public static bool TryRead(string text, DateTimeOffset now, out DateTimeOffset moment)
    {
        if (DurationText.TryParse(text, out var ahead))
        {
            moment = now + ahead;
            return true;
        }
        // The seconds may be omitted, because users often leave them out. A time without an offset is rejected, because
        // it is ambiguous.
        return Rfc3339.TryParse(text, out moment)
            || DateTimeOffset.TryParseExact(
                text,
                "yyyy-MM-dd'T'HH:mmK",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal,
                out moment
            ) && HasOffset(text);
    }

    private static bool HasOffset(string text) =>
        text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal);
}
