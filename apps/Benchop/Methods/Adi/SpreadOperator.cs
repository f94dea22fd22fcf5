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
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _padded;
    private readonly int _paddedRows;
    private readonly double _step;
    private readonly double _coupling;
    private readonly CompactLine _alongRows;
    private readonly CompactLine _alongColumns;
    private readonly double[] _turned;
    private readonly double[] _turnedResult;
    private readonly double[] _slopes;

    /// <param name="columns">Nodes in x.</param>
    /// <param name="rows">Nodes in y.</param>
    public SpreadOperator(TwoAssetBlackScholes model, int columns, int rows, double step)
    {
        _rows = rows;
        _columns = columns;
        _step = step;
        _padded = Plane.Padded(columns);
        _paddedRows = Plane.Padded(rows);
        _coupling = model.Correlation * model.Volatility1 * model.Volatility2;
        _alongRows = new CompactLine(rows, columns, step, Inner(columns, 0.5 * model.Volatility2 * model.Volatility2));
        _alongColumns = new CompactLine(columns, rows, step, Inner(rows, 0.5 * model.Volatility1 * model.Volatility1));
        _turned = new double[columns * _paddedRows];
        _turnedResult = new double[columns * _paddedRows];
        _slopes = new double[rows * _padded];
    }

    public int Count => _rows * _padded;

    public int Padded => _padded;

    public void Factor(double length)
    {
        _alongRows.Factor(length);
        _alongColumns.Factor(length);
    }

    public void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> first, Span<double> second)
    {
        Plane.Transpose(u, _rows, _padded, _turned, _columns, _paddedRows);
        _alongColumns.Apply(_turned, _turnedResult);
        Plane.Transpose(_turnedResult, _columns, _paddedRows, first, _rows, _padded);
        _alongRows.Apply(u, second);
        Mixed(u, mixed);
    }

    public void SolveFirst(Span<double> u)
    {
        Plane.Transpose(u, _rows, _padded, _turned, _columns, _paddedRows);
        _alongColumns.Solve(_turned);
        Plane.Transpose(_turned, _columns, _paddedRows, u, _rows, _padded);
    }

    public void SolveSecond(Span<double> u) => _alongRows.Solve(u);

    /// <summary>
    /// The five-point first derivative plus one half, along y into <see cref="_slopes"/>, then along x.
    /// </summary>
    private void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        var lanes = _padded / Vector<double>.Count;
        var inner = 8 / (12 * _step);
        var outer = -1 / (12 * _step);
        for (var j = 2; j < _rows - 2; j++)
        {
            var b2 = Plane.Row(u, j - 2, _padded);
            var b1 = Plane.Row(u, j - 1, _padded);
            var c = Plane.Row(u, j, _padded);
            var a1 = Plane.Row(u, j + 1, _padded);
            var a2 = Plane.Row(u, j + 2, _padded);
            var to = Plane.Row(_slopes.AsSpan(), j, _padded);
            for (var k = 0; k < lanes; k++)
                to[k] = (inner * (a1[k] - b1[k])) + (outer * (a2[k] - b2[k])) + (0.5 * c[k]);
        }

        mixed.Clear();
        var vInner = new Vector<double>(_coupling * inner);
        var vOuter = new Vector<double>(_coupling * outer);
        var vHalf = new Vector<double>(_coupling * 0.5);
        for (var j = 2; j < _rows - 2; j++)
        {
            ReadOnlySpan<double> row = _slopes.AsSpan(j * _padded, _padded);
            var to = mixed.Slice(j * _padded, _padded);
            var i = 2;
            for (; i + Vector<double>.Count <= _columns - 2; i += Vector<double>.Count)
            {
                var sum =
                    (vInner * (new Vector<double>(row[(i + 1)..]) - new Vector<double>(row[(i - 1)..])))
                    + (vOuter * (new Vector<double>(row[(i + 2)..]) - new Vector<double>(row[(i - 2)..])))
                    + (vHalf * new Vector<double>(row[i..]));
                sum.CopyTo(to[i..]);
            }

            for (; i < _columns - 2; i++)
                to[i] =
                    _coupling
                    * ((inner * (row[i + 1] - row[i - 1])) + (outer * (row[i + 2] - row[i - 2])) + (0.5 * row[i]));
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
