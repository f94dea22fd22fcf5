using System.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// A two-dimensional operator A = A0 + A1 + A2 on a plane. A0 contains the mixed derivative, A1 the derivatives along
/// each row (the first direction), and A2 the derivatives across the rows (the second direction). Values on the
/// boundary of the plane are fixed, because the operator is zero there and the solves leave them unchanged.
/// </summary>
internal abstract class SplitOperator(int rows, int columns, double step, CompactLine first, IPlaneLine second)
{
    private readonly int _paddedRows = Plane.Padded(rows);
    private readonly double[] _turned = new double[columns * Plane.Padded(rows)];
    private readonly double[] _turnedResult = new double[columns * Plane.Padded(rows)];

    public int Count => Rows * Padded;

    /// <summary>The width of a row, padded to whole vectors.</summary>
    public int Padded { get; } = Plane.Padded(columns);

    protected int Rows { get; } = rows;

    /// <summary>Weight of each direct neighbour in the five-point first derivative.</summary>
    protected double Near { get; } = 8 / (12 * step);

    /// <summary>Weight of each second neighbour in the five-point first derivative.</summary>
    protected double Far { get; } = -1 / (12 * step);

    /// <summary>Factorises I - length * A1 and I - length * A2 for the solves.</summary>
    public void Factor(double length)
    {
        first.Factor(length);
        second.Factor(length);
    }

    public void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> alongRows, Span<double> acrossRows)
    {
        Plane.Transpose(u, Rows, Padded, _turned, columns, _paddedRows);
        first.Apply(_turned, _turnedResult);
        Plane.Transpose(_turnedResult, columns, _paddedRows, alongRows, Rows, Padded);
        second.Apply(u, acrossRows);
        mixed.Clear();
        Mixed(u, mixed);
    }

    public void SolveFirst(Span<double> u)
    {
        Plane.Transpose(u, Rows, Padded, _turned, columns, _paddedRows);
        first.Solve(_turned);
        Plane.Transpose(_turned, columns, _paddedRows, u, Rows, Padded);
    }

    public void SolveSecond(Span<double> u) => second.Solve(u);

    /// <summary>Writes A0 u into <paramref name="mixed"/>, which is zero on entry.</summary>
    protected abstract void Mixed(ReadOnlySpan<double> u, Span<double> mixed);

    /// <summary>
    /// Applies the operator coupling * (d/dx + 1/2) to one row, except at the two outer nodes at each end.
    /// </summary>
    protected void SlopeAlongRow(ReadOnlySpan<double> row, double coupling, Span<double> to)
    {
        var near = new Vector<double>(coupling * Near);
        var far = new Vector<double>(coupling * Far);
        var half = new Vector<double>(coupling * 0.5);
        var i = 2;
        for (; i + Vector<double>.Count <= columns - 2; i += Vector<double>.Count)
        {
            var sum =
                (near * (new Vector<double>(row[(i + 1)..]) - new Vector<double>(row[(i - 1)..])))
                + (far * (new Vector<double>(row[(i + 2)..]) - new Vector<double>(row[(i - 2)..])))
                + (half * new Vector<double>(row[i..]));
            sum.CopyTo(to[i..]);
        }

        for (; i < columns - 2; i++)
            to[i] =
                coupling * ((Near * (row[i + 1] - row[i - 1])) + (Far * (row[i + 2] - row[i - 2])) + (0.5 * row[i]));
    }
}
