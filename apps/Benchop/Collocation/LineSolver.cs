using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Solves a <see cref="LineTask"/> on given nodes.</summary>
internal static class LineSolver
{
    public const string Singular =
        "The linear system of an implicit time step cannot be solved reliably at this resolution. Increase or decrease "
        + "the work parameter.";

    /// <summary>The first-stage fraction of Alexander's scheme.</summary>
    private static readonly double Alexander = 1 - Math.Sqrt(0.5);

    /// <summary>Maximum number of changes to the exercise region within one stage. Two or three are usual.</summary>
    private const int MaxChanges = 60;

    /// <summary>
    /// Returns the values at the nodes at the final time, or null if a linear system cannot be solved.
    /// </summary>
    public static double[]? Solve(LineTask task, ILineSpace space, int steps) =>
        task.Floor is null ? Linear(task, space, steps) : AboveFloor(task, space, steps);

    /// <summary>
    /// Performs steps of the fourth-order scheme of Hairer and Wanner. If the coefficients are constant, all stages
    /// share one factorisation.
    /// </summary>
    private static double[]? Linear(LineTask task, ILineSpace space, int steps)
    {
        var nodes = space.Nodes;
        var n = nodes.Length;
        var held = Ends(n);
        var u = task.Sample(nodes);
        var operation = new LineOperator(n);
        var march = new StageMarch(n);
        var dt = task.Duration / steps;
        if (task.Autonomous)
        {
            task.Coefficients(nodes, 0, operation);
            if (!space.Factor(operation, StageMarch.Diagonal * dt, held))
                return null;
        }

        for (var step = 0; step < steps; step++)
            for (var i = 0; i < StageMarch.Stages; i++)
            {
                if (!task.Autonomous)
                {
                    task.Coefficients(nodes, (step + StageMarch.Time(i)) * dt, operation);
                    if (!space.Factor(operation, StageMarch.Diagonal * dt, held))
                        return null;
                }

                var stage = march.Begin(i, u);
                space.Solve(stage);
                march.End(i, u);
            }

        return u;
    }

    /// <summary>
    /// Performs steps of Alexander's two-stage scheme, SIAM J. Numer. Anal. 14 (1977) 1006-1021. The steps are equal in
    /// the square root of time, because the exercise boundary moves in proportion to that root. Each stage is a
    /// complementarity problem, which is solved by policy iteration. Each iteration solves the system with the current
    /// exercise region held at the floor, and then adds nodes to the region or removes them (Forsyth and Vetzal, SIAM
    /// J. Sci. Comput. 23 (2002) 2095-2122).
    /// </summary>
    private static double[]? AboveFloor(LineTask task, ILineSpace space, int steps)
    {
        var nodes = space.Nodes;
        var n = nodes.Length;
        var u = task.Sample(nodes);
        var floor = new double[n];
        for (var k = 0; k < n; k++)
            floor[k] = task.Floor!(nodes[k]);

        var operation = new LineOperator(n);
        task.Coefficients(nodes, 0, operation);
        var stage = new double[n];
        var right = new double[n];
        var trial = new double[n];
        var held = Ends(n);
        var exercised = Array.FindIndex(nodes, z => z >= task.Kink);
        double before = 0;
        for (var step = 1; step <= steps; step++)
        {
            var root = (double)step / steps;
            var now = task.Duration * root * root;
            var length = Alexander * (now - before);
            if (!Stage(u, stage, before + length, length))
                return null;

            for (var k = 0; k < n; k++)
                right[k] = u[k] + ((1 - Alexander) / Alexander * (stage[k] - u[k]));

            if (!Stage(right, u, now, length))
                return null;

            before = now;
        }

        return u;

        // The exercise region of a put consists of the nodes below one index. The smallest index for which no value
        // above the region is below the floor solves the complementarity problem.
        bool Stage(double[] from, double[] to, double time, double length)
        {
            var low = task.LowValue is { } value ? Math.Max(floor[0], value(time)) : floor[0];
            var best = int.MaxValue;
            var stride = 1;
            var climbs = false;
            for (var change = 0; change < MaxChanges; change++)
            {
                Cancellation.Check();
                for (var k = 1; k < n - 1; k++)
                    held[k] = k < exercised;

                if (!space.Factor(operation, length, held))
                    return false;

                from.CopyTo(trial, 0);
                floor.AsSpan(1, exercised - 1).CopyTo(trial.AsSpan(1));
                trial[0] = low;
                trial[n - 1] = 0;
                space.Solve(trial);
                var region = exercised;
                while (region < n - 1 && trial[region] < floor[region])
                    region++;

                if (region >= best)
                {
                    exercised = best;
                    return true;
                }

                climbs |= region > exercised;
                if (region == exercised)
                {
                    trial.CopyTo(to, 0);
                    if (climbs || exercised == 1)
                        return true;

                    best = exercised;
                    region = Math.Max(1, exercised - stride);
                    stride *= 2;
                }

                exercised = region;
            }

            return false;
        }
    }

    private static bool[] Ends(int nodes)
    {
        var held = new bool[nodes];
        held[0] = true;
        held[nodes - 1] = true;
        return held;
    }
}
