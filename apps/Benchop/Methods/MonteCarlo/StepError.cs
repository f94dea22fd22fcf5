using System.Globalization;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Judges the discretisation error by a second estimate with half as many time steps: for a scheme of second order,
/// three quarters of the difference come from the coarser one.
/// </summary>
internal static class StepError
{
    private const double MaxShare = 2e-3;

    /// <summary>Prices below this fraction of the strike are judged as if they were this large.</summary>
    private const double Floor = 1e-4;

    /// <param name="noise">The difference that the random error of the two values explains.</param>
    /// <param name="parity">The amount by which the price exceeds both values.</param>
    public static string? Violation(double fine, double coarse, double noise, double parity, double strike, int gain)
    {
        var difference = Math.Max(0, Math.Abs(fine - coarse) - noise) / (gain - 1);
        var scale = Math.Abs(fine + parity) + (Floor * strike);
        return difference <= MaxShare * scale
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Half as many time steps change the price by a relative {Math.Abs(fine - coarse) / scale:E1}, so "
                    + $"the method does not resolve the path for these parameter values."
            );
    }
}
