using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// LU decomposition of a band matrix with row interchanges, for matrices that are not diagonally dominant. A full
/// matrix is a band of full width. Interchanges widen the upper band to twice its size, as in LAPACK's dgbtrf.
/// </summary>
internal sealed class BandLu
{
    private readonly double[] _rows;
    private readonly double[] _factors;
    private readonly int[] _pivots;
    private readonly int _band;
    private readonly int _width;
    private readonly bool _full;

    public BandLu(int size, int band)
    {
        Size = size;
        _band = Math.Min(band, size - 1);
        _full = (3 * _band) + 1 >= size;
        _width = _full ? size : (3 * _band) + 1;
        _rows = new double[(long)size * _width];
        _factors = new double[(long)size * _band];
        _pivots = new int[size];
    }

    public int Size { get; }

    public ref double this[int row, int column] => ref _rows[Offset(row, column)];

    public void Clear() => _rows.AsSpan().Clear();

    /// <summary>
    /// Factorises the matrix in place. Returns false if the matrix is singular to working precision or not finite.
    /// </summary>
    public bool Factor()
    {
        for (var k = 0; k < Size; k++)
        {
            Cancellation.CheckAt(k);
            var last = Math.Min(Size - 1, k + _band);
            var pivot = k;
            var largest = Math.Abs(this[k, k]);
            for (var i = k + 1; i <= last; i++)
            {
                var candidate = Math.Abs(this[i, k]);
                if (candidate > largest)
                    (largest, pivot) = (candidate, i);
            }

            if (!(largest > 1e-280) || !double.IsFinite(largest))
                return false;

            var count = Math.Min(Size - 1, k + (2 * _band)) - k + 1;
            var row = Row(k, k, count);
            _pivots[k] = pivot;
            if (pivot != k)
            {
                var other = Row(pivot, k, count);
                for (var j = 0; j < count; j++)
                    (row[j], other[j]) = (other[j], row[j]);
            }

            var inverse = 1 / row[0];
            for (var i = k + 1; i <= last; i++)
            {
                var target = Row(i, k, count);
                var factor = target[0] * inverse;
                _factors[((long)k * _band) + i - k - 1] = factor;
                if (factor != 0)
                    DenseRow.Subtract(factor, row[1..], target[1..]);
            }
        }

        return true;
    }

    /// <summary>Replaces the right-hand side with the solution.</summary>
    public void Solve(Span<double> x)
    {
        for (var k = 0; k < Size - 1; k++)
        {
            var pivot = _pivots[k];
            if (pivot != k)
                (x[k], x[pivot]) = (x[pivot], x[k]);

            var count = Math.Min(Size - 1, k + _band) - k;
            if (x[k] != 0)
                DenseRow.Subtract(x[k], _factors.AsSpan(k * _band, count), x.Slice(k + 1, count));
        }

        for (var k = Size - 1; k >= 0; k--)
        {
            var row = Row(k, k, Math.Min(Size - 1, k + (2 * _band)) - k + 1);
            x[k] = (x[k] - DenseRow.Product(row[1..], x.Slice(k + 1, row.Length - 1))) / row[0];
        }
    }

    private long Offset(int row, int column) => ((long)row * _width) + column - (_full ? 0 : row - _band);

    private Span<double> Row(int row, int column, int count) =>
        MemoryMarshal.CreateSpan(ref _rows[Offset(row, column)], count);
}
