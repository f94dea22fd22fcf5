using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.AdaptiveGrid;

/// <summary>
/// Estimates the truncation error of three-point second differences. It is h^2/12 times the fourth derivative, so equal
/// errors in all intervals require a node density proportional to the square root of that derivative.
/// </summary>
internal static class TruncationError
{
    /// <summary>
    /// The width of the kernels that smooth the density, in units of the width of the layer around the kink. Second
    /// differences are of second order only where neighbouring intervals are similar.
    /// </summary>
    public const double Smoothing = 0.5;

    private const int Points = 5;

    /// <summary>
    /// Raises the density at every node to at least the density that this solution requires. Densities are relative to
    /// the largest one.
    /// </summary>
    public static void AddDensity(double[] nodes, ReadOnlySpan<double> values, Span<double> density)
    {
        var n = nodes.Length;
        var curvature = new double[n];
        var fourth = new double[n];
        Span<double> weights = stackalloc double[3 * Points];
        for (var k = 0; k < n; k++)
            curvature[k] = new GridStencil(nodes, nodes[k], weights).Curvature(values);

        for (var k = 0; k < n; k++)
            fourth[k] = Math.Abs(new GridStencil(nodes, nodes[k], weights).Curvature(curvature));

        // The nodes should not be sparse near the zeros of the derivative. The derivative is therefore replaced by its
        // largest value within a standard deviation.
        double largest = 0;
        var wide = new double[n];
        for (var k = 0; k < n; k++)
        {
            for (var j = 0; j < n; j++)
                if (Math.Abs(nodes[j] - nodes[k]) <= Math.Max(0.3, Math.Abs(j - k) <= 2 ? double.MaxValue : 0))
                    wide[k] = Math.Max(wide[k], fourth[j]);

            largest = Math.Max(largest, wide[k]);
        }

        if (!(largest > 0))
            return;

        for (var k = 0; k < n; k++)
            density[k] = Math.Max(density[k], Math.Sqrt(wide[k] / largest));
    }
}
