using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// A discretisation in which the derivatives at a node are weighted sums of the values at consecutive nodes around it.
/// </summary>
internal sealed class StencilSpace : ILineSpace
{
    private readonly int _size;
    private readonly int[] _first;
    private readonly double[] _slopes;
    private readonly double[] _curvatures;
    private readonly BandLu _matrix;

    /// <param name="size">The number of nodes in each sum.</param>
    public StencilSpace(double[] nodes, int size)
    {
        Nodes = nodes;
        _size = Math.Min(size, nodes.Length);
        _first = new int[nodes.Length];
        var band = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            _first[i] = Math.Clamp(i - (_size / 2), 0, nodes.Length - _size);
            if (i > 0 && i < nodes.Length - 1)
                band = Math.Max(band, Math.Max(i - _first[i], _first[i] + _size - 1 - i));
        }

        _slopes = new double[nodes.Length * _size];
        _curvatures = new double[nodes.Length * _size];
        _matrix = new BandLu(nodes.Length, Math.Max(1, band));
    }

    public double[] Nodes { get; }

    /// <summary>Index of the first node whose value contributes to the derivatives at a node.</summary>
    public int First(int node) => _first[node];

    /// <summary>The weights of the first derivative at a node.</summary>
    public Span<double> Slope(int node) => _slopes.AsSpan(node * _size, _size);

    /// <summary>The weights of the second derivative at a node.</summary>
    public Span<double> Curvature(int node) => _curvatures.AsSpan(node * _size, _size);

    /// <summary>
    /// Converts the weights at a node from derivatives with respect to the index of the nodes into derivatives with
    /// respect to the coordinate.
    /// </summary>
    /// <param name="map">The derivatives of the coordinate with respect to the index.</param>
    public void Transform(int node, (double First, double Second) map)
    {
        var slope = Slope(node);
        var curvature = Curvature(node);
        for (var k = 0; k < _size; k++)
        {
            curvature[k] = (curvature[k] - (map.Second / map.First * slope[k])) / (map.First * map.First);
            slope[k] /= map.First;
        }
    }

    public bool Factor(LineOperator operation, double length, ReadOnlySpan<bool> held)
    {
        _matrix.Clear();
        for (var i = 0; i < Nodes.Length; i++)
        {
            if (held[i])
            {
                _matrix[i, i] = 1;
                continue;
            }

            var a = -length * operation.Curvature[i];
            var b = -length * operation.Slope[i];
            var slope = Slope(i);
            var curvature = Curvature(i);
            for (var k = 0; k < _size; k++)
                _matrix[i, _first[i] + k] = (a * curvature[k]) + (b * slope[k]);

            _matrix[i, i] += 1 - (length * operation.Level[i]);
        }

        return _matrix.Factor();
    }

    public void Solve(Span<double> values) => _matrix.Solve(values);
}
