using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// A square band matrix, stored by rows and eliminated in place without pivoting. It is intended for I - dt A, where A
/// is a diffusion operator; such matrices are diagonally dominant. A full matrix is stored as a band of full width.
/// </summary>
internal sealed class GridBand
{
    private readonly double[] _entries;
    private readonly double[] _inverse;
    private readonly int _width;

    public GridBand(int size, int band)
    {
        Size = size;
        Band = Math.Min(band, size - 1);
        _width = (2 * Band) + 1;
        _entries = new double[(long)size * _width];
        _inverse = new double[size];
    }

    public int Size { get; }

    /// <summary>Number of entries on each side of the diagonal.</summary>
    public int Band { get; }

    public ref double this[int row, int column] => ref _entries[((long)row * _width) + Band + column - row];

    /// <summary>result = A x.</summary>
    public void Multiply(ReadOnlySpan<double> x, Span<double> result)
    {
        for (var i = 0; i < Size; i++)
        {
            var first = Math.Max(0, i - Band);
            var count = Math.Min(Size - 1, i + Band) - first + 1;
            ReadOnlySpan<double> row = Row(i, first, count);
            double sum = 0;
            for (var k = 0; k < row.Length; k++)
                sum += row[k] * x[first + k];

            result[i] = sum;
        }
    }

    /// <summary>Replaces A with I - length * A.</summary>
    public void Shift(double length)
    {
        foreach (ref var entry in _entries.AsSpan())
            entry *= -length;

        for (var i = 0; i < Size; i++)
            this[i, i] += 1;
    }

    /// <summary>
    /// Factorises the matrix in place. Returns false if a pivot is negligible compared with its row, because the
    /// elimination is then unreliable.
    /// </summary>
    public bool Factor()
    {
        for (var k = 0; k < Size; k++)
        {
            Cancellation.CheckAt(k);
            var pivot = this[k, k];
            if (!(Math.Abs(pivot) > 1e-10))
                return false;

            var inv = 1 / pivot;
            _inverse[k] = inv;
            var last = Math.Min(Size - 1, k + Band);
            var count = last - k;
            ReadOnlySpan<double> from = Row(k, k + 1, count);
            for (var i = k + 1; i <= last; i++)
            {
                ref var factor = ref this[i, k];
                if (factor != 0)
                {
                    factor *= inv;
                    DenseRow.Subtract(factor, from, Row(i, k + 1, count));
                }
            }
        }

        return true;
    }

    public void Solve(Span<double> x)
    {
        for (var i = 1; i < Size; i++)
        {
            var first = Math.Max(0, i - Band);
            x[i] -= DenseRow.Product(Row(i, first, i - first), x[first..i]);
        }

        for (var i = Size - 1; i >= 0; i--)
        {
            var count = Math.Min(Size - 1, i + Band) - i;
            x[i] = (x[i] - DenseRow.Product(Row(i, i + 1, count), x.Slice(i + 1, count))) * _inverse[i];
        }
    }

    private Span<double> Row(int row, int column, int count) =>
        MemoryMarshal.CreateSpan(ref _entries[((long)row * _width) + Math.Min(Band + column - row, _width - 1)], count);
}
