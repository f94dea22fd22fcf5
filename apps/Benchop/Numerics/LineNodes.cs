namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Nodes that are equally spaced in the mass of an <see cref="INodeMap"/>. The kink of the payoff is a node.
/// </summary>
internal sealed class LineNodes
{
    private readonly INodeMap _map;
    private readonly double _start;

    private LineNodes(INodeMap map, double kink, double step, int below, int above)
    {
        _map = map;
        Step = step;
        Kink = below;
        _start = map.Mass(kink);
        Z = new double[below + above + 1];
        Z[below] = kink;
        for (var k = below + 1; k < Z.Length; k++)
            Z[k] = Inverse(_start + ((k - below) * step), Z[k - 1]);

        for (var k = below - 1; k >= 0; k--)
            Z[k] = Inverse(_start + ((k - below) * step), Z[k + 1]);
    }

    /// <summary>The nodes, increasing.</summary>
    public double[] Z { get; }

    /// <summary>The mass between two neighbouring nodes.</summary>
    public double Step { get; }

    /// <summary>Index of the node at the kink.</summary>
    public int Kink { get; }

    /// <summary>
    /// Places about <paramref name="intervals"/> + 1 nodes. The lowest node is at or slightly below
    /// <paramref name="low"/>; the highest is exactly <paramref name="high"/> if it is fixed, and otherwise at or
    /// slightly above it.
    /// </summary>
    public static LineNodes Place(INodeMap map, double low, double kink, double high, int intervals, bool fixedTop)
    {
        var start = map.Mass(kink);
        var (down, up) = (start - map.Mass(low), map.Mass(high) - start);
        var step = (down + up) / intervals;
        if (fixedTop)
            step = up / Math.Max(4, Math.Round(up / step));

        var below = Math.Max(low < kink ? 1 : 0, (int)Math.Ceiling((down / step) - 1e-9));
        var above = Math.Max(1, (int)Math.Ceiling((up / step) - 1e-9));
        var nodes = new LineNodes(map, kink, step, below, above);
        if (fixedTop)
            nodes.Z[^1] = high;

        return nodes;
    }

    /// <summary>The coordinate at an index that need not be whole.</summary>
    public double At(double index)
    {
        var below = Math.Clamp((int)index, 0, Z.Length - 1);
        return Inverse(_start + ((index - Kink) * Step), Z[below]);
    }

    /// <summary>The first and second derivatives of the coordinate with respect to the index.</summary>
    public (double First, double Second) Derivatives(double z)
    {
        var (density, slope) = _map.Density(z);
        var first = Step / density;
        return (first, -slope * first * first * first / Step);
    }

    /// <summary>Newton's method, safeguarded by bisection, for the coordinate with the given mass.</summary>
    private double Inverse(double mass, double guess)
    {
        var low = double.NegativeInfinity;
        var high = double.PositiveInfinity;
        var z = guess;
        for (var step = 0; step < 100; step++)
        {
            var excess = _map.Mass(z) - mass;
            (low, high) = excess < 0 ? (z, high) : (low, z);
            var next = z - (excess / _map.Density(z).Density);
            if (!(next > low && next < high) && double.IsFinite(low) && double.IsFinite(high))
                next = 0.5 * (low + high);

            if (Math.Abs(next - z) <= 1e-14 * (1 + Math.Abs(z)))
                return next;

            z = next;
        }

        return z;
    }
}
