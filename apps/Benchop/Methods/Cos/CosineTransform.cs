using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Computes cosine coefficients from values at the midpoints of n equal cells: 2/n sum_m v_m cos(j pi (m + 1/2)/n), as
/// a product with a precomputed table. With 48 terms this takes 0.5 us (2026-11), a few percent of the time spent on
/// the characteristic functions of the same step, so a fast transform would not save a noticeable amount of time.
/// </summary>
internal sealed class CosineTransform
{
    private static readonly ConcurrentDictionary<int, CosineTransform> Known = new();

    private readonly double[] _table;
    private readonly int _size;

    private CosineTransform(int size)
    {
        _size = size;
        _table = new double[size * size];
        for (var j = 0; j < size; j++)
            for (var m = 0; m < size; m++)
                _table[(j * size) + m] = 2.0 / size * Math.Cos(Math.PI * j * (m + 0.5) / size);
    }

    public static CosineTransform Of(int size) => Known.GetOrAdd(size, n => new CosineTransform(n));

    public void Apply(ReadOnlySpan<double> values, Span<double> coefficients)
    {
        for (var j = 0; j < _size; j++)
        {
            ReadOnlySpan<double> row = _table.AsSpan(j * _size, _size);
            var sum = Vector256<double>.Zero;
            for (var m = 0; m < _size; m += Lanes.Count)
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(row[m..]), Vector256.Create(values[m..]), sum);

            coefficients[j] = Vector256.Sum(sum);
        }
    }
}
