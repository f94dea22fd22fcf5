using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>Scales quadrature nodes on the half line to a characteristic function.</summary>
/// <remarks>
/// Scanned on 1a (both sets, price and Gamma), 4, 5 and 6 with 8 to 64 nodes. Placing the last node where the function
/// is e^-30 is within a factor of ten of the best choice for each. e^-16 is better for few nodes, but the error for
/// Gamma does not fall below 1e-5. Placing the last node further out wastes nodes.
/// </remarks>
internal static class LaguerreScale
{
    /// <summary>
    /// Damping times the spread of the distribution: far enough from the pole at zero, but not so far that the tilted
    /// distribution leaves the strikes.
    /// </summary>
    public const double Damping = 1.5;

    /// <summary>
    /// The inverted transform is multiplied by e^{-damping k}; beyond e^12 the rounding error of the sum becomes
    /// visible.
    /// </summary>
    public const double MaxGrowth = 12;

    public const double Decay = 30;

    /// <summary>The frequency of a node is the scale times the node.</summary>
    public static double Of(double cutoff, GaussLaguerre rule) => cutoff / rule.Nodes[^1];

    /// <summary>
    /// Number of nodes that resolves a function cut off at <paramref name="cutoff"/> and varying on the scale
    /// 1/<paramref name="extent"/>. The spacing at the origin falls with the square of the order. The factor comes from
    /// the scan described above.
    /// </summary>
    public static double Needed(double cutoff, double extent) => 8 + (8 * Math.Sqrt(cutoff * extent));
}
