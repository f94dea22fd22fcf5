using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// A log-sinh axis of forward prices with its difference operators, for solvers that assemble a matrix.
/// </summary>
internal sealed class PriceAxis
{
    public PriceAxis(GridLogSinh grid)
    {
        Grid = grid;
        var n = grid.Count;
        Prices = new double[n];
        Scale = new double[n];
        Coordinates = new double[n];
        LogSlopes = new double[n];
        var metric = new double[n];
        var potential = new double[n];
        grid.Fill(Prices, metric, potential, Scale);
        var perMetric = new double[n];
        var perSlope = new double[n];
        var shifts = new double[n];
        for (var j = 0; j < n; j++)
        {
            Coordinates[j] = grid.Y(j);
            var slope = Math.Sqrt(0.5 * metric[j]);
            LogSlopes[j] = slope;
            perMetric[j] = 1 / metric[j];
            perSlope[j] = 1 / slope;

            // F V_F = (V_y) / x' and V = sqrt(F') W: V_y = sqrt(F') (W_y + F''/(2F') W), F''/F' = x' + x''/x'.
            shifts[j] = 0.5 * (slope + Math.Tanh(Coordinates[j]));
        }

        Diffusion = LineStencil.Curvature(grid.Step, potential, perMetric);
        Drift = LineStencil.Slope(grid.Step, shifts, perSlope);
    }

    public GridLogSinh Grid { get; }

    public double[] Prices { get; }

    /// <summary>V = Scale * W.</summary>
    public double[] Scale { get; }

    public double[] Coordinates { get; }

    /// <summary>d ln F / dy.</summary>
    public double[] LogSlopes { get; }

    /// <summary>1/2 F^2 V_FF in terms of W.</summary>
    public LineStencil Diffusion { get; }

    /// <summary>F V_F in terms of W.</summary>
    public LineStencil Drift { get; }

    /// <summary>The identity on the free nodes.</summary>
    public LineStencil Free()
    {
        var ones = new double[Prices.Length];
        Array.Fill(ones, 1);
        return LineStencil.Diagonal(ones, LineStencil.Reach);
    }
}
