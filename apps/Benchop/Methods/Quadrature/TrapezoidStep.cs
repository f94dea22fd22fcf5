using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// Computes the step of the midpoint rule that balances its two errors for Heston's integrand. The truncation error
/// after n nodes is e^{-L}, where L is the decay of the characteristic function at the last node. The error of the node
/// spacing h is e^{-a (2 pi/h - |k|)}, where a is the distance from the contour to the nearest singularity.
/// </summary>
internal static class TrapezoidStep
{
    // e^-38 is below the precision of a double, so a wider step that achieves more decay has no benefit.
    private const double MaxDecay = 38;

    /// <summary>The number of nodes that reduces both errors to e^-12.</summary>
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

        // The characteristic function of a normal distribution has no singularity and grows only like e^{v a^2/2} away
        // from the axis, so the best a is 2 pi/(h v).
        double SpacingDecay(double step)
        {
            var pull = (2 * Math.PI / step) - farthest;
            var a = Math.Min(strip, pull / variance);
            return (a * pull) - (0.5 * variance * a * a);
        }
    }

    /// <summary>
    /// Returns the distance from the contour, at the exponent 1/2, to the nearer of the two bounds of the strip.
    /// </summary>
    private static double StripHalfWidth(HestonReturn law)
    {
        var (lower, upper) = law.Strip;
        return Math.Max(0.5, Math.Min(upper - 0.5, 0.5 - lower));
    }
}
