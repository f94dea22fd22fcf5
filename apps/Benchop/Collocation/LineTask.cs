using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// An initial value problem u_t = L u for t from 0 to <see cref="Duration"/> on a line. At both ends u keeps its
/// initial value, unless a floor determines it. The coordinate z is a log-price in units of its standard deviation.
/// </summary>
internal sealed record LineTask
{
    public required double Low { get; init; }

    public required double High { get; init; }

    /// <summary>The point at which the slope of the initial values jumps.</summary>
    public double Kink { get; init; }

    /// <summary>The jump of the slope du/dz at the kink.</summary>
    public required double SlopeJump { get; init; }

    /// <summary>The distance, in units of z, over which the solution is strongly curved around the kink.</summary>
    public double LayerWidth { get; init; } = 1;

    /// <summary>
    /// Whether the upper end is a barrier. At a barrier, u is zero even though the initial values have a different
    /// limit, and nodes are dense there as well.
    /// </summary>
    public bool Barrier { get; init; }

    public required Func<double, double> Initial { get; init; }

    public required double Duration { get; init; }

    /// <summary>The function that computes the coefficients at the given nodes and time.</summary>
    public required Action<double[], double, LineOperator> Coefficients { get; init; }

    /// <summary>Whether the coefficients are independent of time.</summary>
    public bool Autonomous { get; init; } = true;

    /// <summary>If not null, u must not be below this function of z (the value of immediate exercise).</summary>
    public Func<double, double>? Floor { get; init; }

    /// <summary>
    /// The value at the lower end as a function of time, for a task with a floor. Null if it equals the floor.
    /// </summary>
    public Func<double, double>? LowValue { get; init; }

    /// <summary>
    /// Graded nodes that suit the task: dense around the kink and, if there is one, near the barrier.
    /// </summary>
    public LineNodes Nodes(int intervals) =>
        !Barrier
            ? LineNodes.Place(new NodeMap([Kink], [LayerWidth]), Low, Kink, High, intervals, false)
            : LineNodes.Place(
                new NodeMap([Kink, High], [LayerWidth, 0.5 * LayerWidth]),
                Low,
                Kink,
                High,
                intervals,
                true
            );

    /// <summary>
    /// Samples the initial values and corrects the error of sampling a kink at equally spaced nodes, which is h/12
    /// times the jump in slope (Kreiss, Thomee and Widlund, Comm. Pure Appl. Math. 23 (1970) 241-259). The jump at a
    /// barrier needs no such correction if the derivatives there are one-sided. In that case, the orders of convergence
    /// are the same as without a barrier.
    /// </summary>
    public double[] Sample(double[] nodes)
    {
        var u = new double[nodes.Length];
        for (var k = 0; k < u.Length; k++)
            u[k] = Initial(nodes[k]);

        var kink = IndexOf(nodes, Kink);
        if (kink > 0 && kink < nodes.Length - 1)
            u[kink] += SlopeJump * (nodes[kink + 1] - nodes[kink - 1]) / 24;

        if (Barrier)
            u[^1] = 0;

        return u;
    }

    private static int IndexOf(double[] nodes, double z)
    {
        var place = Array.BinarySearch(nodes, z);
        place = place < 0 ? Math.Clamp(~place, 1, nodes.Length - 1) : place;
        return place > 0 && Math.Abs(nodes[place - 1] - z) < Math.Abs(nodes[place] - z) ? place - 1 : place;
    }
}
