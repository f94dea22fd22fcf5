using System.Numerics;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Heston's model in x = ln F, F the forward price, and v. With V = e^{x/2} W the equation is
/// W_t = v/2 (W_xx - W/4) + rho s v (d/dx + 1/2) W_v + s^2/2 v W_vv + kappa (theta - v) W_v.
/// Fourth order in x, second in v. Rows are variances; the first direction is x.
/// </summary>
internal sealed class HestonOperator : ISplitOperator
{
    private readonly int rows;
    private readonly int columns;
    private readonly int padded;
    private readonly int paddedRows;
    private readonly double step;
    private readonly double[] coupling;
    private readonly CompactLine alongPrice;
    private readonly VarianceLine alongVariance;
    private readonly double[] turned;
    private readonly double[] turnedResult;
    private readonly double[] slopes;

    public HestonOperator(Heston model, ReadOnlySpan<double> variances, int columns, double step)
    {
        rows = variances.Length;
        this.columns = columns;
        this.step = step;
        padded = Plane.Padded(columns);
        paddedRows = Plane.Padded(rows);
        coupling = new double[rows];
        var diffusion = new double[rows];
        for (int j = 0; j < rows; j++)
        {
            diffusion[j] = 0.5 * variances[j];
            coupling[j] = model.Correlation * model.VolOfVol * variances[j];
        }

        alongPrice = new CompactLine(columns, rows, step, diffusion);
        alongVariance = new VarianceLine(variances, model.Reversion, model.LongVariance, model.VolOfVol, padded);
        turned = new double[columns * paddedRows];
        turnedResult = new double[columns * paddedRows];
        slopes = new double[padded];
    }

    public int Count => rows * padded;

    public int Padded => padded;

    public void Factor(double length)
    {
        alongPrice.Factor(length);
        alongVariance.Factor(length);
    }

    public void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> first, Span<double> second)
    {
        Plane.Transpose(u, rows, padded, turned, columns, paddedRows);
        alongPrice.Apply(turned, turnedResult);
        Plane.Transpose(turnedResult, columns, paddedRows, first, rows, padded);
        alongVariance.Apply(u, second);
        Mixed(u, mixed);
    }

    public void SolveFirst(Span<double> u)
    {
        Plane.Transpose(u, rows, padded, turned, columns, paddedRows);
        alongPrice.Solve(turned);
        Plane.Transpose(turned, columns, paddedRows, u, rows, padded);
    }

    public void SolveSecond(Span<double> u) => alongVariance.Solve(u);

    /// <summary>At v = 0 the term vanishes; on the last row, far out, it is dropped.</summary>
    private void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        mixed.Clear();
        double inner = 8 / (12 * step);
        double outer = -1 / (12 * step);
        ReadOnlySpan<double> row = slopes;
        for (int j = 1; j < rows - 1; j++)
        {
            alongVariance.Slope(u, j, coupling[j], slopes);
            Span<double> to = mixed.Slice(j * padded, padded);
            int i = 2;
            for (; i + Vector<double>.Count <= columns - 2; i += Vector<double>.Count)
            {
                Vector<double> sum =
                    (inner * (new Vector<double>(row[(i + 1)..]) - new Vector<double>(row[(i - 1)..])))
                    + (outer * (new Vector<double>(row[(i + 2)..]) - new Vector<double>(row[(i - 2)..])))
                    + (0.5 * new Vector<double>(row[i..]));
                sum.CopyTo(to[i..]);
            }

            for (; i < columns - 2; i++)
            {
                to[i] = (inner * (row[i + 1] - row[i - 1])) + (outer * (row[i + 2] - row[i - 2])) + (0.5 * row[i]);
            }
        }
    }
}
