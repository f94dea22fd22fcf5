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
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _padded;
    private readonly int _paddedRows;
    private readonly double _step;
    private readonly double[] _coupling;
    private readonly CompactLine _alongPrice;
    private readonly VarianceLine _alongVariance;
    private readonly double[] _turned;
    private readonly double[] _turnedResult;
    private readonly double[] _slopes;

    public HestonOperator(Heston model, ReadOnlySpan<double> variances, int columns, double step)
    {
        _rows = variances.Length;
        _columns = columns;
        _step = step;
        _padded = Plane.Padded(columns);
        _paddedRows = Plane.Padded(_rows);
        _coupling = new double[_rows];
        var diffusion = new double[_rows];
        for (var j = 0; j < _rows; j++)
        {
            diffusion[j] = 0.5 * variances[j];
            _coupling[j] = model.Correlation * model.VolOfVol * variances[j];
        }

        _alongPrice = new CompactLine(columns, _rows, step, diffusion);
        _alongVariance = new VarianceLine(variances, model.Reversion, model.LongVariance, model.VolOfVol, _padded);
        _turned = new double[columns * _paddedRows];
        _turnedResult = new double[columns * _paddedRows];
        _slopes = new double[_padded];
    }

    public int Count => _rows * _padded;

    public int Padded => _padded;

    public void Factor(double length)
    {
        _alongPrice.Factor(length);
        _alongVariance.Factor(length);
    }

    public void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> first, Span<double> second)
    {
        Plane.Transpose(u, _rows, _padded, _turned, _columns, _paddedRows);
        _alongPrice.Apply(_turned, _turnedResult);
        Plane.Transpose(_turnedResult, _columns, _paddedRows, first, _rows, _padded);
        _alongVariance.Apply(u, second);
        Mixed(u, mixed);
    }

    public void SolveFirst(Span<double> u)
    {
        Plane.Transpose(u, _rows, _padded, _turned, _columns, _paddedRows);
        _alongPrice.Solve(_turned);
        Plane.Transpose(_turned, _columns, _paddedRows, u, _rows, _padded);
    }

    public void SolveSecond(Span<double> u) => _alongVariance.Solve(u);

    /// <summary>At v = 0 the term vanishes; on the last row, far out, it is dropped.</summary>
    private void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        mixed.Clear();
        var inner = 8 / (12 * _step);
        var outer = -1 / (12 * _step);
        ReadOnlySpan<double> row = _slopes;
        for (var j = 1; j < _rows - 1; j++)
        {
            _alongVariance.Slope(u, j, _coupling[j], _slopes);
            var to = mixed.Slice(j * _padded, _padded);
            var i = 2;
            for (; i + Vector<double>.Count <= _columns - 2; i += Vector<double>.Count)
            {
                var sum =
                    (inner * (new Vector<double>(row[(i + 1)..]) - new Vector<double>(row[(i - 1)..])))
                    + (outer * (new Vector<double>(row[(i + 2)..]) - new Vector<double>(row[(i - 2)..])))
                    + (0.5 * new Vector<double>(row[i..]));
                sum.CopyTo(to[i..]);
            }

            for (; i < _columns - 2; i++)
                to[i] = (inner * (row[i + 1] - row[i - 1])) + (outer * (row[i + 2] - row[i - 2])) + (0.5 * row[i]);
        }
    }
}
