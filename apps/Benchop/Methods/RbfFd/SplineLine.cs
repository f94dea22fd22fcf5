using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfFd;

/// <summary>
/// The weights on a line. They are exact for the splines |z - z_k|^7 of the seven nearest nodes and for polynomials of
/// degree four.
/// </summary>
internal sealed class SplineLine : ILineDiscretisation
{
    private const int Points = 7;

    private const int Polynomials = 5;

    public int Order => 4;

    public int Steps(int intervals) => Math.Max(10, intervals / 6);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var nodes = task.Nodes(Math.Max(intervals, Points)).Z;
        var space = new StencilSpace(nodes, Points);
        var system = new BandLu(Points + Polynomials, Points + Polynomials);
        for (var i = 1; i < nodes.Length - 1; i++)
            if (!Fill(space, system, i))
                return null;

        return space;
    }

    private static bool Fill(StencilSpace space, BandLu system, int node)
    {
        ReadOnlySpan<double> nodes = space.Nodes.AsSpan(space.First(node), Points);
        var centre = space.Nodes[node];
        var scale = (nodes[^1] - nodes[0]) / (Points - 1);

        // The system is symmetric: A w = L phi, P' w = L p.
        system.Clear();
        Span<double> slope = stackalloc double[Points + Polynomials];
        Span<double> curvature = stackalloc double[Points + Polynomials];
        slope.Clear();
        curvature.Clear();
        for (var i = 0; i < Points; i++)
        {
            var t = (nodes[i] - centre) / scale;
            double power = 1;
            for (var p = 0; p < Polynomials; p++, power *= t)
            {
                system[i, Points + p] = power;
                system[Points + p, i] = power;
            }

            for (var k = 0; k < Points; k++)
                system[i, k] = Math.Pow(Math.Abs((nodes[i] - nodes[k]) / scale), 7);

            // The derivatives of |z - z_i|^7 at the centre, where z - z_i = -t.
            slope[i] = -7 * t * Math.Pow(t, 4) * Math.Abs(t);
            curvature[i] = 42 * Math.Pow(Math.Abs(t), 5);
        }

        slope[Points + 1] = 1;
        curvature[Points + 2] = 2;
        if (!system.Factor())
            return false;

        system.Solve(slope);
        system.Solve(curvature);
        for (var k = 0; k < Points; k++)
        {
            space.Slope(node)[k] = slope[k] / scale;
            space.Curvature(node)[k] = curvature[k] / (scale * scale);
        }

        return true;
    }
}
