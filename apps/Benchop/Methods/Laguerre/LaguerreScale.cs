using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>Scales quadrature nodes on the half line to a characteristic function.</summary>
/// <remarks>
/// The scale was chosen by a scan over problems 1a (both sets, price and Gamma), 4, 5 and 6 with 8 to 64 nodes. If the
/// last node lies where the characteristic function is e^-30, the error for each problem is at most ten times the
/// smallest error that any scale achieves. With e^-16, the error is smaller for few nodes, but for Gamma it does not
/// fall below 1e-5. Placing the last node further out wastes nodes.
/// </remarks>
internal static class LaguerreScale
{
    /// <summary>
    /// The product of the damping and the spread of the distribution. It is large enough to keep away from the pole at
    /// zero, but small enough that the tilted distribution still covers the strikes.
    /// </summary>
    public const double Damping = 1.5;

    /// <summary>
    /// The inverted transform is multiplied by e^{-damping * k}; beyond e^12 the rounding error of the sum becomes
    /// visible.
    /// </summary>
    public const double MaxGrowth = 12;

    public const double Decay = 30;

    /// <summary>Returns the scale. The frequency of a node is the scale times the node.</summary>
    public static double Of(double cutoff, GaussLaguerre rule) => cutoff / rule.Nodes[^1];

    /// <summary>
    /// The number of nodes that are needed to resolve a function that is cut off at <paramref name="cutoff"/> and
    /// varies on the scale 1/<paramref name="extent"/>. The spacing of the nodes at the origin is inversely
    /// proportional to the square of their number. The factor was determined by the scan described above.
    /// </summary>
    public static double Needed(double cutoff, double extent) => 8 + (8 * Math.Sqrt(cutoff * extent));
}
