using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Headrace.Server.Compat;

/// <summary>Reads finite numbers from a query: digits with an optional sign, decimal point and exponent.</summary>
internal static class Seed004Number
{
    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public static bool TryRead(string text, out double number) =>
        double.TryParse(text, Style, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>Reads numbers separated by commas: at least one, at most <paramref name="max"/>.</summary>
    public static bool TryReadList(string text, int max, [NotNullWhen(true)] out IReadOnlyList<double>? numbers)
    {
        var parts = text.Split(',');
        var read = new List<double>();
        numbers = read;
        if (parts.Length > max)
            return false;
        foreach (var part in parts)
        {
            if (!TryRead(part, out var number))
                return false;
            read.Add(number);
        }
        return true;
    }
}
