using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfAdaptive;

/// <summary>
/// Multiquadrics sqrt(c^2 + (k - j)^2) around every node j, as functions of the node index k, with the polynomials of
/// degree two. As functions of the coordinate, their width follows the spacing of the nodes.
/// </summary>
internal static class Multiquadrics
{
    private static readonly double Shape = double.Parse(Environment.GetEnvironmentVariable("SH") ?? "3");

    private const int Polynomials = 3;

    /// <summary>
    /// Creates the derivatives at the nodes of the interpolant through all nodes, or null if the basis functions are
    /// dependent to working precision.
    /// </summary>
    public static ILineSpace? Collocate(LineNodes nodes)
    {
        var n = nodes.Z.Length;
        if (Basis(n) is not { } basis)
            return null;

        var space = new StencilSpace(nodes.Z, n);
        var slopes = new double[n + Polynomials];
        var curvatures = new double[n + Polynomials];
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < n; k++)
            {
                var radius = Radius(i - k);
                slopes[k] = (i - k) / radius;
                curvatures[k] = Shape * Shape / (radius * radius * radius);
            }

            var t = Scaled(i, n);
            var scale = Scaled(1, n) - Scaled(0, n);
            (slopes[n], slopes[n + 1], slopes[n + 2]) = (0, scale, 2 * t * scale);
            (curvatures[n], curvatures[n + 1], curvatures[n + 2]) = (0, 0, 2 * scale * scale);

            // The system is symmetric, so each row of D = B' B^-1 is the solution for the derivatives at a node.
            basis.Solve(slopes);
            basis.Solve(curvatures);
            var map = nodes.Derivatives(nodes.Z[i]);
            for (var k = 0; k < n; k++)
            {
                space.Slope(i)[k] = slopes[k] / map.First;
                space.Curvature(i)[k] =
                    (curvatures[k] - (map.Second / map.First * slopes[k])) / (map.First * map.First);
            }
        }

        return space;
    }

    /// <summary>Returns the interpolant halfway between the nodes.</summary>
    public static double[]? BetweenNodes(double[] values)
    {
        var n = values.Length;
        if (Basis(n) is not { } basis)
            return null;

        double[] coefficients = [.. values, 0, 0, 0];
        basis.Solve(coefficients);
        var results = new double[n - 1];
        for (var i = 0; i < results.Length; i++)
        {
            var t = Scaled(i + 0.5, n);
            results[i] = coefficients[n] + (t * (coefficients[n + 1] + (t * coefficients[n + 2])));
            for (var k = 0; k < n; k++)
                results[i] += coefficients[k] * Radius(i + 0.5 - k);
        }

        return results;
    }

    private static BandLu? Basis(int nodes)
    {
        var basis = new BandLu(nodes + Polynomials, nodes + Polynomials);
        for (var i = 0; i < nodes; i++)
        {
            var t = Scaled(i, nodes);
            for (var (p, power) = (0, 1.0); p < Polynomials; p++, power *= t)
            {
                basis[i, nodes + p] = power;
                basis[nodes + p, i] = power;
            }

            for (var k = 0; k < nodes; k++)
                basis[i, k] = Radius(i - k);
        }

        return basis.Factor() ? basis : null;
    }

    private static double Radius(double distance) => Math.Sqrt((Shape * Shape) + (distance * distance));

    /// <summary>Maps the indices to -1..1, where the polynomials are of similar size.</summary>
    private static double Scaled(double index, int nodes) => (2 * index / (nodes - 1)) - 1;
}
