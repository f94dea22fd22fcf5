using System.Globalization;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Formats a number for the message that explains why a method cannot price a problem. The number may be very large or
/// not finite.
/// </summary>
internal static class Figure
{
    /// <summary>Numbers of this magnitude or larger are written with at most two digits and an exponent.</summary>
    private const double Large = 1e6;

    public static string Of(double value, int decimals) =>
        double.IsFinite(value)
            ? value.ToString(
                Math.Abs(value) < Large ? "F" + decimals.ToString(CultureInfo.InvariantCulture) : "0.#e0",
                CultureInfo.InvariantCulture
            )
        : double.IsNaN(value) ? "an unknown number of"
        : "infinitely many";
}
