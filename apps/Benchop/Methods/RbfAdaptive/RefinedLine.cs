using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfAdaptive;

/// <summary>
/// Chooses a node density by residual subsampling, and collocates multiquadrics on the nodes. The interpolant through
/// few nodes is compared with a trial solution halfway between them; the density rises where they differ most.
/// </summary>
internal sealed class RefinedLine : ILineDiscretisation
{
    /// <summary>Intervals of the graded nodes on which the trial solutions are computed.</summary>
    private const int TrialIntervals = 56;

    /// <summary>The intervals of each round of refinement.</summary>
    private static readonly int[] Rounds = [20, 28];

    /// <summary>
    /// The durations of the trial solutions, as fractions of the duration of the task. The error of early steps, while
    /// the kink is still sharp, is as important as the error at the end.
    /// </summary>
    private static readonly double[] Trials = [0.06, 1];

    /// <summary>
    /// The order at which the residual of the interpolant decreases with the spacing. The residuals become equal if the
    /// density is proportional to this root of the residual.
    /// </summary>
    private const double ResidualOrder = 4;

    /// <summary>
    /// The width of the kernels that smooth the density, in units of the width of the layer around the kink.
    /// </summary>
    private const double Smoothing = 0.6;

    private const int Points = 8;

    public int Order => 4;

    public int Steps(int intervals) => Math.Max(10, intervals / 5);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var trial = task.Nodes(TrialIntervals);
        if (Multiquadrics.On(trial) is not { } coarse)
            return null;

        var space = coarse.Collocate(trial);
        var solutions = new List<double[]>();
        foreach (var fraction in Trials)
        {
            // The floor of an American put is omitted, because nodes that suit the European put also suit the American
            // put.
            var shorter = task with { Duration = fraction * task.Duration, Floor = null };
            if (LineSolver.Solve(shorter, space, 8) is not { } u)
                return null;

            solutions.Add(u);
        }

        var nodes = task.Nodes(Rounds[0]);
        foreach (var count in Rounds.Skip(1).Append(intervals))
        {
            if (Refined(nodes, space.Nodes, solutions, Smoothing * task.LayerWidth) is not { } map)
                return null;

            nodes = LineNodes.Place(map, task.Low, task.Kink, task.High, count, task.Barrier);
        }

        return Multiquadrics.On(nodes)?.Collocate(nodes);
    }

    /// <summary>Returns a map with more nodes where the residual is large, and fewer where it is small.</summary>
    private static AdaptedMap? Refined(LineNodes nodes, double[] trial, List<double[]> solutions, double width)
    {
        if (Multiquadrics.On(nodes) is not { } interpolant)
            return null;

        var middles = new double[nodes.Z.Length - 1];
        for (var k = 0; k < middles.Length; k++)
            middles[k] = nodes.At(k + 0.5);

        var residuals = new double[middles.Length];
        Span<double> weights = stackalloc double[3 * Points];
        foreach (var solution in solutions)
        {
            var values = new double[interpolant.Points.Length];
            for (var k = 0; k < values.Length; k++)
                values[k] = new GridStencil(trial, interpolant.Points[k], weights).Value(solution);

            var differences = new double[middles.Length];
            double largest = 0;
            for (var k = 0; k < middles.Length; k++)
            {
                var exact = new GridStencil(trial, middles[k], weights).Value(solution);
                differences[k] = Math.Abs(interpolant.At(k + 0.5, values) - exact);
                largest = Math.Max(largest, differences[k]);
            }

            for (var k = 0; k < middles.Length && largest > 0; k++)
                residuals[k] = Math.Max(residuals[k], differences[k] / largest);
        }

        var densities = new double[middles.Length];
        double densest = 0;
        for (var k = 0; k < middles.Length; k++)
        {
            // A residual may vanish by chance between two large ones.
            var residual = Math.Max(
                residuals[k],
                0.5 * Math.Max(residuals[Math.Max(k - 1, 0)], residuals[Math.Min(k + 1, middles.Length - 1)])
            );
            densities[k] = Math.Pow(residual, 1 / ResidualOrder) / (nodes.Z[k + 1] - nodes.Z[k]);
            densest = Math.Max(densest, densities[k]);
        }

        for (var k = 0; k < middles.Length; k++)
            densities[k] /= densest;

        return new AdaptedMap(middles, densities, width);
    }
}
