using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// The step of the midpoint rule that balances its two errors on Heston's integrand: truncation after n nodes, e^{-L}
/// with L the decay of the characteristic function there, and spacing h, e^{-a (2 pi/h - |k|)} with a the distance from
/// the contour to the nearest singularity.
/// </summary>
internal static class TrapezoidStep
{
    // e^-38 is below double rounding, so a wider step for more decay has no benefit.
    private const double MaxDecay = 38;

    /// <summary>The number of nodes that brings both errors to e^-12.</summary>
    public static double Nodes(HestonReturn law, double farthest) =>
        law.Cutoff(12) * ((12 / StripHalfWidth(law)) + farthest) / (2 * Math.PI);

    /// <param name="farthest">The largest |k|.</param>
    public static double Of(HestonReturn law, int nodes, double farthest)
    {
        var strip = StripHalfWidth(law);
        var variance = law.ExpectedVariance();
        double low = 0;
        var high = MaxDecay;
        for (var i = 0; i < 12; i++)
        {
            var decay = 0.5 * (low + high);
            var spacingIsBetter = SpacingDecay(law.Cutoff(decay) / nodes) > decay;
            (low, high) = spacingIsBetter ? (decay, high) : (low, decay);
        }

        return law.Cutoff(0.5 * (low + high)) / nodes;

        // A normal distribution has no singularity, only growth e^{v a^2/2} off the axis: the best a is then 2 pi/(h
        // v).
        double SpacingDecay(double step)
        {
            var pull = (2 * Math.PI / step) - farthest;
            var a = Math.Min(strip, pull / variance);
            return (a * pull) - (0.5 * variance * a * a);
        }
    }

    /// <summary>The contour runs at the exponent 1/2, between the two bounds.</summary>
    private static double StripHalfWidth(HestonReturn law)
    {
        var (lower, upper) = law.Strip;
        return Math.Max(0.5, Math.Min(upper - 0.5, 0.5 - lower));
    }
}
