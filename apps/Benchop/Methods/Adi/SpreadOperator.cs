using System.Numerics;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Two Black-Scholes assets in x = ln F1 and y = ln F2, forward prices, on a uniform grid of one step for both. With
/// V = e^{(x + y)/2} W the equation is W_t = s1^2/2 (W_xx - W/4) + s2^2/2 (W_yy - W/4) + rho s1 s2 (d/dx + 1/2)(d/dy +
/// 1/2) W.
/// Fourth order in space. Rows run along x, the second direction.
/// </summary>
internal sealed class SpreadOperator : ISplitOperator
{
    private readonly int rows;
    private readonly int columns;
    private readonly int padded;
    private readonly int paddedRows;
    private readonly double step;
    private readonly double coupling;
    private readonly CompactLine alongRows;
    private readonly CompactLine alongColumns;
    private readonly double[] turned;
    private readonly double[] turnedResult;
    private readonly double[] slopes;

    /// <param name="columns">Nodes in x.</param>
    /// <param name="rows">Nodes in y.</param>
    public SpreadOperator(TwoAssetBlackScholes model, int columns, int rows, double step)
    {
        this.rows = rows;
        this.columns = columns;
        this.step = step;
        padded = Plane.Padded(columns);
        paddedRows = Plane.Padded(rows);
        coupling = model.Correlation * model.Volatility1 * model.Volatility2;
        alongRows = new CompactLine(rows, columns, step, Inner(columns, 0.5 * model.Volatility2 * model.Volatility2));
        alongColumns = new CompactLine(columns, rows, step, Inner(rows, 0.5 * model.Volatility1 * model.Volatility1));
        turned = new double[columns * paddedRows];
        turnedResult = new double[columns * paddedRows];
        slopes = new double[rows * padded];
    }

    public int Count => rows * padded;

    public int Padded => padded;

    public void Factor(double length)
    {
        alongRows.Factor(length);
        alongColumns.Factor(length);
    }

    public void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> first, Span<double> second)
    {
        Plane.Transpose(u, rows, padded, turned, columns, paddedRows);
        alongColumns.Apply(turned, turnedResult);
        Plane.Transpose(turnedResult, columns, paddedRows, first, rows, padded);
        alongRows.Apply(u, second);
        Mixed(u, mixed);
    }

    public void SolveFirst(Span<double> u)
    {
        Plane.Transpose(u, rows, padded, turned, columns, paddedRows);
        alongColumns.Solve(turned);
        Plane.Transpose(turned, columns, paddedRows, u, rows, padded);
    }

    public void SolveSecond(Span<double> u) => alongRows.Solve(u);

    /// <summary>
    /// The five-point first derivative plus one half, along y into <see cref="slopes"/>, then along x.
    /// </summary>
    private void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        int lanes = padded / Vector<double>.Count;
        double inner = 8 / (12 * step);
        double outer = -1 / (12 * step);
        for (int j = 2; j < rows - 2; j++)
        {
            ReadOnlySpan<Vector<double>> b2 = Plane.Row(u, j - 2, padded),
                b1 = Plane.Row(u, j - 1, padded),
                c = Plane.Row(u, j, padded);
            ReadOnlySpan<Vector<double>> a1 = Plane.Row(u, j + 1, padded),
                a2 = Plane.Row(u, j + 2, padded);
            Span<Vector<double>> to = Plane.Row(slopes.AsSpan(), j, padded);
            for (int k = 0; k < lanes; k++)
            {
                to[k] = (inner * (a1[k] - b1[k])) + (outer * (a2[k] - b2[k])) + (0.5 * c[k]);
            }
        }

        mixed.Clear();
        var vInner = new Vector<double>(coupling * inner);
        var vOuter = new Vector<double>(coupling * outer);
        var vHalf = new Vector<double>(coupling * 0.5);
        for (int j = 2; j < rows - 2; j++)
        {
            ReadOnlySpan<double> row = slopes.AsSpan(j * padded, padded);
            Span<double> to = mixed.Slice(j * padded, padded);
            int i = 2;
            for (; i + Vector<double>.Count <= columns - 2; i += Vector<double>.Count)
            {
                Vector<double> sum =
                    (vInner * (new Vector<double>(row[(i + 1)..]) - new Vector<double>(row[(i - 1)..])))
                    + (vOuter * (new Vector<double>(row[(i + 2)..]) - new Vector<double>(row[(i - 2)..])))
                    + (vHalf * new Vector<double>(row[i..]));
                sum.CopyTo(to[i..]);
            }

            for (; i < columns - 2; i++)
            {
                to[i] =
                    coupling
                    * ((inner * (row[i + 1] - row[i - 1])) + (outer * (row[i + 2] - row[i - 2])) + (0.5 * row[i]));
            }
        }
    }

    /// <summary>
    /// One diffusion for every lane but the two outer layers at each end: without diffusion they stay as they are.
    /// </summary>
    private static double[] Inner(int count, double diffusion)
    {
        var numbers = new double[count];
        Array.Fill(numbers, diffusion, 2, count - 4);
        return numbers;
    }
}
