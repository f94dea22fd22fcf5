using System.Globalization;

namespace Headrace.Server.Http;

/// <summary>
/// Parses every whole number in a path, query or header. It accepts only ASCII digits, with a minus sign if negative
/// values are allowed, and rejects a plus sign, spaces, exponents and digits of other scripts.
/// </summary>
internal static class WholeNumber
{
    public static bool TryRead(string? text, long minimum, long maximum, out long number) =>
        long.TryParse(
            text,
            minimum < 0 && text is ['-', ..] ? NumberStyles.AllowLeadingSign : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out number
        )
        && number >= minimum
        && number <= maximum;
}
