using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// A one-dimensional difference operator with at most five points per row, used as a factor of the operators on a
/// plane.
/// </summary>
internal sealed class LineStencil(int nodes)
{
    public const int Reach = 2;

    private const int Width = (2 * Reach) + 1;

    private readonly double[] _weights = new double[nodes * Width];

    public int Nodes => nodes;

    /// <summary>The weight of node (row + offset) in the given row. The offset ranges from -2 to 2.</summary>
    public ref double this[int row, int offset] => ref _weights[(row * Width) + Reach + offset];

    /// <summary>Returns diag(values) on the inner nodes and zero on the outer nodes.</summary>
    public static LineStencil Diagonal(ReadOnlySpan<double> values, int rim)
    {
        var line = new LineStencil(values.Length);
        for (var i = rim; i < values.Length - rim; i++)
            line[i, 0] = values[i];

        return line;
    }

    /// <summary>
    /// Returns the fourth-order operator (W_yy + potential * W) times <paramref name="factors"/> on a uniform grid in
    /// y. The rows of the outer nodes are zero.
    /// </summary>
    public static LineStencil Curvature(double step, ReadOnlySpan<double> potential, ReadOnlySpan<double> factors)
    {
        var line = new LineStencil(potential.Length);
        var unit = 1 / (12 * step * step);
        for (var i = Reach; i < potential.Length - Reach; i++)
        {
            var f = factors[i];
            line[i, -2] = line[i, 2] = -f * unit;
            line[i, -1] = line[i, 1] = 16 * f * unit;
            line[i, 0] = f * (potential[i] - (30 * unit));
        }

        return line;
    }

    /// <summary>
    /// Returns the fourth-order operator (d/dy + shift) W times <paramref name="factors"/>. The rows of the outer nodes
    /// are zero.
    /// </summary>
    public static LineStencil Slope(double step, ReadOnlySpan<double> shifts, ReadOnlySpan<double> factors)
    {
        var line = new LineStencil(shifts.Length);
        var unit = 1 / (12 * step);
        for (var i = Reach; i < shifts.Length - Reach; i++)
        {
            var f = factors[i];
            line[i, -2] = f * unit;
            line[i, -1] = -8 * f * unit;
            line[i, 0] = f * shifts[i];
            line[i, 1] = 8 * f * unit;
            line[i, 2] = -f * unit;
        }

        return line;
    }

    /// <summary>
    /// Adds the Kronecker product outer (x) inner to the matrix of a plane whose inner index varies fastest.
    /// </summary>
    public static void AddProduct(GridBand matrix, LineStencil outer, LineStencil inner)
    {
        for (var i = 0; i < outer.Nodes; i++)
            for (var a = -Reach; a <= Reach; a++)
            {
                var factor = outer[i, a];
                if (factor == 0)
                    continue;

                for (var j = 0; j < inner.Nodes; j++)
                {
                    var row = (i * inner.Nodes) + j;
                    for (var b = -Reach; b <= Reach; b++)
                        if (inner[j, b] != 0)
                            matrix[row, row + (a * inner.Nodes) + b] += factor * inner[j, b];
                }
            }
    }
}
