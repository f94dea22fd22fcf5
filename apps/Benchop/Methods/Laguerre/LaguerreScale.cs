using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>How nodes on the half line are laid over a characteristic function.</summary>
/// <remarks>
/// Scanned on 1a (both sets, price and Gamma), 4, 5 and 6 with 8 to 64 nodes: the last node where the function is e^-30
/// is within a factor ten of the best
/// for each; e^-16 is better for few nodes but stalls at 1e-5 for Gamma, less than the last node wastes nodes.
/// </remarks>
internal static class LaguerreScale
{
    /// <summary>
    /// Damping times the law's spread: far enough from the pole at zero, not so far that the tilted law leaves the
    /// strikes.
    /// </summary>
    public const double Damping = 1.5;

    /// <summary>
    /// The inverted transform is multiplied by e^{-damping k}; beyond e^12 the rounding of the sum would show.
    /// </summary>
    public const double MostGrowth = 12;

    public const double Decay = 30;

    /// <summary>Frequency of a node = scale times node.</summary>
    public static double Of(double cutoff, GaussLaguerre rule) => cutoff / rule.Nodes[^1];

    /// <summary>
    /// Nodes that resolve a function cut off at <paramref name="cutoff"/> and varying on the scale
    /// 1/<paramref name="extent"/>: the spacing at the origin falls
    /// with the square of the order. The factor was scanned with the rest.
    /// </summary>
    public static double Needed(double cutoff, double extent) => 8 + (8 * Math.Sqrt(cutoff * extent));
}
