using System.Buffers;
using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses the numbers of durations and options: ASCII digits with at most one decimal point. The framework also reads
/// words such as NaN as numbers, and a comparison with NaN is always false, so it would pass many range checks.
/// </summary>
internal static class NumberText
{
    private static readonly SearchValues<char> Characters = SearchValues.Create("0123456789.");

    /// <summary>Parses a finite number that is not negative. Returns false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        return !text.ContainsAnyExcept(Characters)
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }
}
