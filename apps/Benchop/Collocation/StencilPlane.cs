using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>A discretisation of a rectangle by weighted sums over rectangles of nodes around each node.</summary>
internal sealed class StencilPlane(PlaneTask task, IPlaneWeights weights) : IPlaneSpace
{
    /// <summary>The largest number of matrix entries that are stored. They take 400 MB.</summary>
    private const long MaxEntries = 50_000_000;

    private BandLu? _matrix;

    public bool Factor(double length)
    {
        var (x, y) = (task.X, task.Y);
        var stencil = new PlaneStencil(Math.Min(weights.Width, x.Length), Math.Min(weights.Height, y.Length));
        var size = x.Length * y.Length;
        var across = Reach(stencil.Width, x.Length, 1) * y.Length;
        var band = Math.Min(size - 1, across + Reach(stencil.Height, y.Length, 0));
        if ((long)size * Math.Min(size, (3 * band) + 1) > MaxEntries)
            return false;

        _matrix = new BandLu(size, band);
        for (var i = 0; i < x.Length; i++)
        {
            Cancellation.Check();
            for (var j = 0; j < y.Length; j++)
            {
                _matrix[(i * y.Length) + j, (i * y.Length) + j] = 1;
                if (i == 0 || i == x.Length - 1)
                    continue;

                stencil.FirstX = First(i, stencil.Width, x.Length);
                stencil.FirstY = First(j, stencil.Height, y.Length);
                stencil.Clear();
                if (!weights.Fill(i, j, stencil))
                    return false;

                Add(_matrix, i, j, stencil, length);
            }
        }

        return _matrix.Factor();
    }

    public void Solve(Span<double> values) => _matrix!.Solve(values);

    private void Add(BandLu matrix, int i, int j, PlaneStencil stencil, double length)
    {
        var (x, y) = (task.X, task.Y);
        var row = (i * y.Length) + j;
        var c = task.Coefficients(x[i], y[j], j == 0 || j == y.Length - 1);
        for (var a = 0; a < stencil.Width; a++)
        {
            var column = ((stencil.FirstX + a) * y.Length) + stencil.FirstY;
            for (var b = 0; b < stencil.Height; b++)
            {
                var k = (a * stencil.Height) + b;
                var sum =
                    (c.XX * stencil.XX[k])
                    + (c.XY * stencil.XY[k])
                    + (c.YY * stencil.YY[k])
                    + (c.X * stencil.X[k])
                    + (c.Y * stencil.Y[k]);
                if (sum != 0)
                    matrix[row, column + b] -= length * sum;
            }
        }
    }

    private static int First(int node, int size, int nodes) => Math.Clamp(node - (size / 2), 0, nodes - size);

    /// <summary>
    /// The largest distance, in indices, from a node to a node of its stencil. The outermost nodes are skipped if their
    /// values are given.
    /// </summary>
    private static int Reach(int size, int nodes, int skipped)
    {
        var reach = 0;
        for (var i = skipped; i < nodes - skipped; i++)
        {
            var first = First(i, size, nodes);
            reach = Math.Max(reach, Math.Max(i - first, first + size - 1 - i));
        }

        return reach;
    }
}
