using System.Globalization;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Estimates the discretisation error by comparing the price with a second estimate that uses half as many time steps.
/// For a scheme of second order, the error of the price is a third of the difference.
/// </summary>
internal static class StepError
{
    private const double MaxShare = 2e-3;

    /// <summary>
    /// The error is divided by the price plus this fraction of the strike, so that the relative error of a price close
    /// to zero does not become excessively large.
    /// </summary>
    private const double Floor = 1e-4;

    /// <param name="noise">The part of the difference between the two values that random errors can explain.</param>
    /// <param name="parity">The amount that is added to either value to obtain the price.</param>
    public static string? Violation(double fine, double coarse, double noise, double parity, double strike, int gain)
    {
        var difference = Math.Max(0, Math.Abs(fine - coarse) - noise) / (gain - 1);
        var scale = Math.Abs(fine + parity) + (Floor * strike);
        return difference <= MaxShare * scale
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Halving the number of time steps changes the price by a fraction of "
                    + $"{Math.Abs(fine - coarse) / scale:E1}, so the time steps are too long for these parameter "
                    + $"values. Use another method."
            );
    }
}
