namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Computes the value and the first and second derivatives of the polynomial through the nodes nearest to a point, on
/// any grid. The weights follow the recursion of Fornberg, "Generation of finite difference formulas on arbitrarily
/// spaced grids", Math. Comp. 51 (1988) 699-706.
/// </summary>
internal readonly ref struct GridStencil
{
    private readonly Span<double> _weights;

    /// <param name="nodes">The coordinates of the nodes, strictly increasing.</param>
    /// <param name="weights">Scratch space for three weights per node of the polynomial.</param>
    public GridStencil(ReadOnlySpan<double> nodes, double point, Span<double> weights)
    {
        _weights = weights;
        var size = weights.Length / 3;
        First = Math.Clamp(Upper(nodes, point) - (size / 2), 0, nodes.Length - size);
        Fill(nodes.Slice(First, size), point, weights);
    }

    /// <summary>Index of the first node in use.</summary>
    public int First { get; }

    public double Value(ReadOnlySpan<double> values) => Sum(values, 0);

    public double Slope(ReadOnlySpan<double> values) => Sum(values, 1);

    public double Curvature(ReadOnlySpan<double> values) => Sum(values, 2);

    private double Sum(ReadOnlySpan<double> values, int derivative)
    {
        var size = _weights.Length / 3;
        double sum = 0;
        for (var k = 0; k < size; k++)
            sum += _weights[(derivative * size) + k] * values[First + k];

        return sum;
    }

    /// <summary>Returns the index of the first node above the point.</summary>
    private static int Upper(ReadOnlySpan<double> nodes, double point)
    {
        var place = nodes.BinarySearch(point);
        return place < 0 ? ~place : place + 1;
    }

    private static void Fill(ReadOnlySpan<double> x, double z, Span<double> w)
    {
        var size = x.Length;
        w.Clear();
        w[0] = 1;
        double product = 1;
        var here = x[0] - z;
        for (var i = 1; i < size; i++)
        {
            var max = Math.Min(i, 2);
            double differences = 1;
            var before = here;
            here = x[i] - z;
            for (var j = 0; j < i; j++)
            {
                var gap = x[i] - x[j];
                differences *= gap;
                if (j == i - 1)
                {
                    for (var k = max; k >= 1; k--)
                        w[(k * size) + i] =
                            product
                            * ((k * w[((k - 1) * size) + i - 1]) - (before * w[(k * size) + i - 1]))
                            / differences;

                    w[i] = -product * before * w[i - 1] / differences;
                }

                for (var k = max; k >= 1; k--)
                    w[(k * size) + j] = ((here * w[(k * size) + j]) - (k * w[((k - 1) * size) + j])) / gap;

                w[j] = here * w[j] / gap;
            }

            product = differences;
        }
    }
}
