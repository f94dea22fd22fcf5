using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>How nodes on the half line are laid over a characteristic function.</summary>
/// <remarks>
/// Scanned on 1a (both sets, price and Gamma), 4, 5 and 6 with 8 to 64 nodes: the last node where the function is e^-30 is within a factor ten of the best
/// for each; e^-16 is better for few nodes but stalls at 1e-5 for Gamma, less than the last node wastes nodes.
/// </remarks>
internal static class LaguerreScale
{
    /// <summary>The damping of the transform follows from an imagined period of this many deviations: 1.5 per deviation.</summary>
    public const double Period = 20;

    public const double Decay = 30;

    /// <summary>Frequency of a node = scale times node.</summary>
    public static double Of(double cutoff, GaussLaguerre rule) => cutoff / rule.Nodes[^1];
}
