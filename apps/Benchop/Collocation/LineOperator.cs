namespace Headrace.Apps.Benchop.Collocation;

/// <summary>The coefficients of L u = Curvature * u'' + Slope * u' + Level * u at every node.</summary>
internal sealed class LineOperator(int nodes)
{
    public double[] Curvature { get; } = new double[nodes];

    public double[] Slope { get; } = new double[nodes];

    public double[] Level { get; } = new double[nodes];
}
