using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Solves a <see cref="PlaneTask"/> without operator splitting. One factorisation is used for all stages.
/// </summary>
internal static class PlaneSolver
{
    /// <summary>Returns the values, grouped by x, or null if the linear system is singular or too large.</summary>
    public static double[]? Solve(PlaneTask task, IPlaneDiscretisation discretisation, int steps)
    {
        var space = discretisation.Build(task);
        if (!space.Factor(StageMarch.Diagonal / steps))
            return null;

        var u = Sample(task);
        var march = new StageMarch(u.Length);
        for (var step = 0; step < steps; step++)
            for (var i = 0; i < StageMarch.Stages; i++)
            {
                space.Solve(march.Begin(i, u));
                march.End(i, u);
            }

        return u;
    }

    /// <summary>Interpolates u at a point with a polynomial in each direction.</summary>
    public static double Read(PlaneTask task, double[] u, double x, double y)
    {
        const int Points = 6;
        var (nx, ny) = (Math.Min(Points, task.X.Length), Math.Min(Points, task.Y.Length));
        Span<double> weights = stackalloc double[3 * (nx + ny)];
        var outer = weights[..(3 * nx)];
        var alongX = new GridStencil(task.X, x, outer);
        var alongY = new GridStencil(task.Y, y, weights[(3 * nx)..]);
        double sum = 0;
        for (var k = 0; k < nx; k++)
            sum += outer[k] * alongY.Value(u.AsSpan((alongX.First + k) * task.Y.Length, task.Y.Length));

        return sum;
    }

    private static double[] Sample(PlaneTask task)
    {
        var (x, y) = (task.X, task.Y);
        var u = new double[x.Length * y.Length];
        var kink = Array.BinarySearch(x, 0.0);
        for (var i = 0; i < x.Length; i++)
            for (var j = 0; j < y.Length; j++)
                u[(i * y.Length) + j] = task.Initial(x[i], y[j]);

        for (var j = 0; j < y.Length; j++)
            u[(kink * y.Length) + j] += task.SlopeJump(y[j]) * (x[kink + 1] - x[kink - 1]) / 24;

        return u;
    }
}
