using System.Numerics;
using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>The two inner loops of Gaussian elimination, which use all vector lanes of the processor.</summary>
internal static class DenseRow
{
    /// <summary>Subtracts factor times one row from another row of equal length: to -= factor * from.</summary>
    public static void Subtract(double factor, ReadOnlySpan<double> from, Span<double> to)
    {
        var f = MemoryMarshal.Cast<double, Vector<double>>(from);
        var t = MemoryMarshal.Cast<double, Vector<double>>(to);
        for (var k = 0; k < t.Length; k++)
            t[k] -= factor * f[k];

        for (var k = t.Length * Vector<double>.Count; k < to.Length; k++)
            to[k] -= factor * from[k];
    }

    public static double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var va = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vb = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sum = Vector<double>.Zero;
        for (var k = 0; k < va.Length; k++)
            sum += va[k] * vb[k];

        var total = Vector.Sum(sum);
        for (var k = va.Length * Vector<double>.Count; k < a.Length; k++)
            total += a[k] * b[k];

        return total;
    }
}
