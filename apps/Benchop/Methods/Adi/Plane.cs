using System.Numerics;
using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Numerical kernels for a plane whose rows have equal width, padded to whole vectors. Operations that couple rows
/// process whole rows, so that the recurrences of tridiagonal solves run in all lanes at once.
/// </summary>
internal static class Plane
{
    /// <summary>The width rounded up to whole vectors.</summary>
    public static int Padded(int width) =>
        (width + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    public static Span<Vector<double>> Row(Span<double> plane, int row, int padded) =>
        MemoryMarshal.Cast<double, Vector<double>>(plane.Slice(row * padded, padded));

    public static ReadOnlySpan<Vector<double>> Row(ReadOnlySpan<double> plane, int row, int padded) =>
        MemoryMarshal.Cast<double, Vector<double>>(plane.Slice(row * padded, padded));

    /// <summary>Writes the transposed plane.</summary>
    public static void Transpose(
        ReadOnlySpan<double> from,
        int rows,
        int padded,
        Span<double> to,
        int columns,
        int paddedTo
    )
    {
        for (var j = 0; j < rows; j++)
        {
            var row = from.Slice(j * padded, columns);
            for (int i = 0, at = j; i < row.Length; i++, at += paddedTo)
                to[at] = row[i];
        }
    }
}
