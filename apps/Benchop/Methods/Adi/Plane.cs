using System.Numerics;
using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Kernels on a plane of rows, each a run of equal width padded to whole vectors: what couples rows is done for a whole
/// row at a time, so that
/// the recurrences of tridiagonal solves run in every lane at once.
/// </summary>
internal static class Plane
{
    /// <summary>The width padded to whole vectors.</summary>
    public static int Padded(int width) =>
        (width + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    public static Span<Vector<double>> Row(Span<double> plane, int row, int padded) =>
        MemoryMarshal.Cast<double, Vector<double>>(plane.Slice(row * padded, padded));

    public static ReadOnlySpan<Vector<double>> Row(ReadOnlySpan<double> plane, int row, int padded) =>
        MemoryMarshal.Cast<double, Vector<double>>(plane.Slice(row * padded, padded));

    /// <summary>Columns become rows.</summary>
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
