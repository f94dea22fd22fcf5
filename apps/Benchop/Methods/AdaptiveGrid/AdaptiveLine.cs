using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.AdaptiveGrid;

/// <summary>Three-point differences on a line whose nodes are adapted to the task.</summary>
internal sealed class AdaptiveLine : ILineDiscretisation
{
    /// <summary>
    /// The number of intervals of the trial grid. The estimate of the truncation error needs to be accurate only to
    /// within a factor of about two.
    /// </summary>
    private const int TrialIntervals = 80;

    /// <summary>
    /// The durations of the trial solves, as fractions of the duration of the task. The error of the early steps, when
    /// the kink is still sharp, is as important as the error at the end.
    /// </summary>
    private static readonly double[] Trials = [0.05, 1];

    public int Order => 2;

    public int Steps(int intervals) => 10 + (int)Math.Sqrt(0.5 * intervals);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var trial = task.Nodes(TrialIntervals);
        var space = Differences(trial.Z);
        var density = new double[trial.Z.Length];
        foreach (var fraction in Trials)
        {
            // The floor is omitted, because the part of the solution that matters here is the same without it.
            var shorter = task with
            {
                Duration = fraction * task.Duration,
                Floor = null,
            };
            if (LineSolver.Solve(shorter, space, 8) is not { } u)
                return null;

            TruncationError.AddDensity(trial.Z, u, density);
        }

        var map = new AdaptedMap(trial.Z, density, TruncationError.Smoothing * task.LayerWidth);
        return Differences(LineNodes.Place(map, task.Low, task.Kink, task.High, intervals, task.Barrier).Z);
    }

    private static StencilSpace Differences(double[] nodes)
    {
        const int Points = 3;
        var space = new StencilSpace(nodes, Points);
        Span<double> weights = stackalloc double[3 * Points];
        for (var i = 1; i < nodes.Length - 1; i++)
        {
            _ = new GridStencil(nodes.AsSpan(i - 1, Points), nodes[i], weights);
            weights.Slice(Points, Points).CopyTo(space.Slope(i));
            weights.Slice(2 * Points, Points).CopyTo(space.Curvature(i));
        }

        return space;
    }
}
