using System.Collections.Concurrent;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// The parts of the integral equation that do not depend on the problem's parameters. With z = sqrt(tau / T) the
/// integral of every node covers the same fractions of that node's time, so the quadrature points, and the
/// interpolation of the boundary there, depend only on the work parameter.
/// </summary>
/// <remarks>
/// The integral over u in [0, tau] is taken over the angle a with tau - u = tau sin^2 a. Both sqrt(tau - u), which
/// appears in the denominator, and sqrt(u), in which the boundary is smooth, are smooth in a, so a Gauss-Legendre rule
/// converges quickly.
/// </remarks>
internal sealed class BoundaryTable
{
    private static readonly ConcurrentDictionary<int, BoundaryTable> Known = new();

    private BoundaryTable(int nodes)
    {
        Nodes = nodes;
        InnerPoints = RoundUp(nodes + 3);
        PricePoints = RoundUp((2 * nodes) + 2);
        Roots = new double[RoundUp(nodes)];
        for (var i = 0; i < Roots.Length; i++)
            // The lanes after the last node contain copies of that node.
            Roots[i] = ChebyshevNodes.At(nodes, Math.Min(i, nodes - 1) + 1);

        (InnerSines, InnerWeights, var cosines) = Angles(InnerPoints);
        InnerMatrix = new double[nodes * InnerPoints * nodes];
        var row = new double[nodes + 1];
        for (var i = 0; i < nodes; i++)
        {
            Cancellation.Check();
            for (var j = 0; j < InnerPoints; j++)
            {
                ChebyshevNodes.Weights(nodes, Roots[i] * cosines[j], row);
                for (var k = 0; k < nodes; k++)
                    InnerMatrix[(((i * nodes) + k) * InnerPoints) + j] = row[k + 1];
            }
        }

        (PriceSines, PriceWeights, cosines) = Angles(PricePoints);
        PriceMatrix = new double[nodes * PricePoints];
        for (var j = 0; j < PricePoints; j++)
        {
            ChebyshevNodes.Weights(nodes, cosines[j], row);
            PriceWeights[j] *= PriceSines[j];
            for (var k = 0; k < nodes; k++)
                PriceMatrix[(k * PricePoints) + j] = row[k + 1];
        }
    }

    /// <summary>
    /// Number of unknowns on the boundary. The interpolation has one more point, z = 0, where the boundary starts at
    /// the strike.
    /// </summary>
    public int Nodes { get; }

    public int InnerPoints { get; }

    public int PricePoints { get; }

    /// <summary>The value of z at each node. The last node has z = 1 and is repeated to fill whole lanes.</summary>
    public double[] Roots { get; }

    /// <summary>sqrt((tau - u) / tau) at each quadrature point of a node.</summary>
    public double[] InnerSines { get; }

    /// <summary>
    /// Quadrature weights for integration with respect to the square root in <see cref="InnerSines"/>.
    /// </summary>
    public double[] InnerWeights { get; }

    /// <summary>
    /// [node i, node k, point j]: the weight of node k in the interpolated boundary at point j of node i's integral.
    /// </summary>
    public double[] InnerMatrix { get; }

    /// <summary>sqrt((T - u) / T) at each point of the price integral.</summary>
    public double[] PriceSines { get; }

    /// <summary>Quadrature weights for half of the integral with respect to (T - u) / T.</summary>
    public double[] PriceWeights { get; }

    /// <summary>
    /// [node k, point j]: the weight of node k in the interpolated boundary at point j of the price integral.
    /// </summary>
    public double[] PriceMatrix { get; }

    public static BoundaryTable Of(int nodes) => Known.GetOrAdd(nodes, static n => new BoundaryTable(n));

    private static int RoundUp(int count) => (count + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    private static (double[] Sines, double[] Weights, double[] Cosines) Angles(int count)
    {
        var rule = GaussLegendre.Of(count);
        var sines = new double[count];
        var cosines = new double[count];
        var weights = new double[count];
        for (var j = 0; j < count; j++)
        {
            var angle = 0.25 * Math.PI * (1 + rule.Nodes[j]);
            sines[j] = Math.Sin(angle);
            cosines[j] = Math.Cos(angle);
            weights[j] = 0.25 * Math.PI * rule.Weights[j] * cosines[j];
        }

        return (sines, weights, cosines);
    }
}
