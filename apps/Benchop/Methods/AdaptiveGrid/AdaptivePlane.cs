using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.AdaptiveGrid;

/// <summary>
/// Three-point differences in both directions. The nodes across the kink are adapted; those along it stay graded,
/// because the solution has no layer in that direction.
/// </summary>
internal sealed class AdaptivePlane : IPlaneDiscretisation
{
    private const int TrialIntervals = 40;

    public int Steps(int intervals) => 8 + (int)Math.Sqrt(0.5 * intervals);

    public PlaneTask Adapt(PlaneTask task, int intervals)
    {
        var graded = task.GradedX;
        var stride = Math.Max(1, graded.Z.Length / TrialIntervals);
        var first = graded.Kink % stride;
        double[] coarse = [.. graded.Z.Where((_, k) => k % stride == first)];
        var trial = task with { AdaptedX = coarse };
        if (PlaneSolver.Solve(trial, this, 8) is not { } u)
            return task;

        var density = new double[coarse.Length];
        var rows = task.Y.Length;
        var line = new double[coarse.Length];
        foreach (var j in new[] { rows / 4, rows / 2, 3 * rows / 4 })
        {
            for (var k = 0; k < coarse.Length; k++)
                line[k] = u[(k * rows) + j];

            TruncationError.AddDensity(coarse, line, density);
        }

        var map = new AdaptedMap(coarse, density, TruncationError.Smoothing);
        return task with { AdaptedX = LineNodes.Place(map, task.X[0], 0, task.X[^1], intervals, false).Z };
    }

    public IPlaneSpace Build(PlaneTask task) => new StencilPlane(task, new Differences(task));

    private sealed class Differences(PlaneTask task) : IPlaneWeights
    {
        public int Width => 3;

        public int Height => 3;

        public bool Fill(int i, int j, PlaneStencil stencil)
        {
            Span<double> alongX = stackalloc double[9];
            Span<double> alongY = stackalloc double[9];
            _ = new GridStencil(task.X.AsSpan(stencil.FirstX, 3), task.X[i], alongX);
            _ = new GridStencil(task.Y.AsSpan(stencil.FirstY, 3), task.Y[j], alongY);
            var (column, row) = (i - stencil.FirstX, j - stencil.FirstY);
            for (var k = 0; k < 3; k++)
            {
                stencil.X[(k * 3) + row] = alongX[3 + k];
                stencil.XX[(k * 3) + row] = alongX[6 + k];
                stencil.Y[(column * 3) + k] = alongY[3 + k];
                stencil.YY[(column * 3) + k] = alongY[6 + k];
                for (var l = 0; l < 3; l++)
                    stencil.XY[(k * 3) + l] = alongX[3 + k] * alongY[3 + l];
            }

            return true;
        }
    }
}
