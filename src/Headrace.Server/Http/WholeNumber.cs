using System.Globalization;

namespace Headrace.Server.Http;

/// <summary>
/// The only reader of whole numbers in paths, queries and headers: ASCII digits, with a minus sign if negative values
/// are allowed. It rejects a plus sign, spaces, exponents and digits of other scripts.
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
