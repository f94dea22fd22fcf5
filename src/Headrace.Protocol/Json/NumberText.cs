using System.Buffers;
using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses numbers in text: an optional sign, ASCII digits with at most one decimal point, and an optional exponent,
/// such as <c>2.5</c> or <c>1e-4</c>. This parser is used for every option, setting and query parameter that accepts a
/// fractional number.
/// </summary>
public static class NumberText
{
    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    // Excludes words such as NaN and Infinity, which the framework also parses as numbers.
    private static readonly SearchValues<char> Characters = SearchValues.Create("+-0123456789.eE");

    /// <summary>
    /// Parses a number. Returns false for any other text, and for a number that is too large for a double, such as
    /// 1e400.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        return !text.ContainsAnyExcept(Characters)
            && double.TryParse(text, Style, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }
}
