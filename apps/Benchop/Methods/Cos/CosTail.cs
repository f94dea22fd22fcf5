using System.Globalization;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// What a range leaves out. The expansion folds the law's weight beyond an end back inside, mirrored; that moves the
/// mean by twice the weight times its
/// distance, and the exact mean is known. Under Heston's heavier tails a put's error was below half of the move in 200
/// draws (2026-11), mostly a fifth.
/// </summary>
internal static class CosTail
{
    /// <summary>The move of the mean, as a share of a price, up to which the price stands.</summary>
    private const double Most = 2e-3;

    /// <summary>Prices below this part of the strike are judged as if they were so large.</summary>
    private const double Floor = 1e-5;

    // Up to where the characteristic function is e^-10: with fewer terms the sum's own end is the larger error, and was
    // asked for.
    private const double Decay = 10;

    /// <returns>In log-price; 0 for laws whose tails the range is known to hold.</returns>
    public static double Of(LogReturn law, double mean, CosRange range, ReadOnlySpan<double> coefficients)
    {
        var step = Math.PI / range.Width;
        if (!law.HasHeavyTails || coefficients.Length * step < law.Cutoff(Decay))
            return 0;

        // The integral of x cos(u_j (x - low)) over the range is -2/u_j^2 for odd j and 0 for even.
        double odd = 0;
        for (var j = 1; j < coefficients.Length; j += 2)
            odd += coefficients[j] / ((double)j * j);

        return Math.Abs(
            (0.5 * coefficients[0] * (range.High + range.Low) * range.Width) - (2 * odd / (step * step)) - mean
        );
    }

    /// <summary>Null when a price can bear the move.</summary>
    public static string? Refusal(double move, double price, double strike) =>
        move <= Most * Math.Max(price, Floor * strike)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The law's tails reach beyond the range that its cumulants give: up to {move:G2} of a price of {price:G3} may be missing. More terms do not help."
            );
}
