using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfAdaptive;

/// <summary>
/// Interpolation by multiquadrics sqrt(c^2 + (t - k)^2) around every node k, as functions of the node index t. As
/// functions of the coordinate, their width follows the spacing of the nodes.
/// </summary>
/// <remarks>
/// Derivatives at the outermost nodes are inaccurate unless there are centres beyond these nodes. There are two such
/// centres beyond each end. The points halfway between the outermost nodes supply the equations for these centres.
/// </remarks>
internal sealed class Multiquadrics
{
    private const double Shape = 5;

    private const int Outside = 2;

    private readonly double[] _indices;
    private readonly BandLu _transposed;

    private Multiquadrics(double[] indices, double[] points, BandLu transposed)
    {
        _indices = indices;
        _transposed = transposed;
        Points = points;
    }

    /// <summary>The coordinates of the nodes and of the points halfway between the outermost ones.</summary>
    public double[] Points { get; }

    /// <summary>Returns null if the basis functions are linearly dependent to working precision.</summary>
    public static Multiquadrics? On(LineNodes nodes)
    {
        var last = nodes.Z.Length - 1;
        var indices = new List<double>();
        for (double t = 0; t <= last; t += t < Outside || t >= last - Outside ? 0.5 : 1)
            indices.Add(t);

        // D = B' B^-1, so every row of D solves the transposed system.
        var n = indices.Count;
        var transposed = new BandLu(n, n);
        for (var i = 0; i < n; i++)
            for (var k = 0; k < n; k++)
                transposed[k, i] = Radius(indices[i] - Centre(k));

        return transposed.Factor()
            ? new Multiquadrics(
                [.. indices],
                [.. indices.Select(t => t == Math.Floor(t) ? nodes.Z[(int)t] : nodes.At(t))],
                transposed
            )
            : null;
    }

    /// <summary>The discretisation whose derivatives are those of the interpolant.</summary>
    public ILineSpace Collocate(LineNodes nodes)
    {
        var n = Points.Length;
        var space = new StencilSpace(Points, n);
        for (var i = 0; i < n; i++)
        {
            Cancellation.Check();
            var slope = space.Slope(i);
            var curvature = space.Curvature(i);
            for (var k = 0; k < n; k++)
            {
                var distance = _indices[i] - Centre(k);
                var radius = Radius(distance);
                slope[k] = distance / radius;
                curvature[k] = Shape * Shape / (radius * radius * radius);
            }

            _transposed.Solve(slope);
            _transposed.Solve(curvature);
            space.Transform(i, nodes.Derivatives(Points[i]));
        }

        return space;
    }

    /// <summary>Evaluates the interpolant through the given values at the given index.</summary>
    public double At(double index, ReadOnlySpan<double> values)
    {
        Span<double> weights = new double[values.Length];
        for (var k = 0; k < weights.Length; k++)
            weights[k] = Radius(index - Centre(k));

        _transposed.Solve(weights);
        return DenseRow.Product(weights, values);
    }

    private static double Centre(int k) => k - Outside;

    private static double Radius(double distance) => Math.Sqrt((Shape * Shape) + (distance * distance));
}
