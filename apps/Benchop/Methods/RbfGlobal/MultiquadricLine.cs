using Headrace.Apps.Benchop.Collocation;

namespace Headrace.Apps.Benchop.Methods.RbfGlobal;

/// <summary>Multiquadrics sqrt(c^2 + r^2) centred at the nodes, fitted at the nodes and halfway between them.</summary>
internal sealed class MultiquadricLine : ILineDiscretisation
{
    /// <summary>
    /// The value of c in units of the node spacing. The error e^{-pi c} does not vanish with the spacing. Flatter
    /// functions reduce this error, but the linear solve then loses more digits.
    /// </summary>
    private const double Shape = 3;

    /// <summary>
    /// The number of extra centres before the first node and after the last node. They make the fit accurate at the
    /// ends.
    /// </summary>
    private const int Outside = 2;

    public int Order => 4;

    public int Steps(int intervals) => Math.Max(10, intervals / 5);

    public ILineSpace? Build(LineTask task, int intervals)
    {
        var nodes = task.Nodes(intervals);
        double[] centres = [.. Enumerable.Range(-Outside, nodes.Z.Length + (2 * Outside)).Select(k => (double)k)];
        return new LeastSquaresSpace(nodes, [new RadialLevel(centres, Basis)]);
    }

    private static (double Value, double Slope, double Curvature) Basis(double distance)
    {
        var radius = Math.Sqrt((Shape * Shape) + (distance * distance));
        return (radius, distance / radius, Shape * Shape / (radius * radius * radius));
    }
}
