using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Heston's model in x = ln F, where F is the forward price, and the variance v. With V = e^{x/2} W the equation is
/// W_t = v/2 (W_xx - W/4) + rho s v (d/dx + 1/2) W_v + s^2/2 v W_vv + kappa * (theta - v) W_v.
/// The scheme is fourth-order accurate in x and second-order accurate in v. All nodes of a row have the same variance,
/// so the first direction is x.
/// </summary>
internal sealed class HestonOperator : SplitOperator
{
    private readonly VarianceLine _alongVariance;
    private readonly double[] _coupling;
    private readonly double[] _slopes;

    public HestonOperator(Heston model, ReadOnlySpan<double> variances, int columns, double step)
        : this(
            model,
            variances,
            columns,
            step,
            new VarianceLine(variances, model.Reversion, model.LongVariance, model.VolOfVol, Plane.Padded(columns))
        )
    { }

    private HestonOperator(
        Heston model,
        ReadOnlySpan<double> variances,
        int columns,
        double step,
        VarianceLine alongVariance
    )
        : base(
            variances.Length,
            columns,
            step,
            new CompactLine(columns, variances.Length, step, Scaled(variances, 0.5)),
            alongVariance
        )
    {
        _alongVariance = alongVariance;
        _coupling = Scaled(variances, model.Correlation * model.VolOfVol);
        _slopes = new double[Padded];
    }

    /// <summary>
    /// The mixed derivative vanishes at v = 0 and is dropped on the last row, which is far from today's variance.
    /// </summary>
    protected override void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        for (var j = 1; j < Rows - 1; j++)
        {
            _alongVariance.Slope(u, j, _coupling[j], _slopes);
            SlopeAlongRow(_slopes, 1, mixed.Slice(j * Padded, Padded));
        }
    }

    private static double[] Scaled(ReadOnlySpan<double> variances, double factor)
    {
        var scaled = new double[variances.Length];
        for (var j = 0; j < scaled.Length; j++)
            scaled[j] = factor * variances[j];

        return scaled;
    }
}
