using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Solves implicit time steps by least squares. The collocation points are the nodes and the points halfway between
/// them, so there are about twice as many of them as nodes. With several levels of basis functions, each level is
/// fitted to the residual of the levels before it.
/// </summary>
internal sealed class LeastSquaresSpace : ILineSpace
{
    /// <summary>The weight of an equation that prescribes a value, relative to the differential equation.</summary>
    private const double HeldWeight = 100;

    private readonly Level[] _levels;
    private readonly double[] _right;
    private readonly double[] _residual;
    private bool[] _held = [];

    public LeastSquaresSpace(LineNodes nodes, IReadOnlyList<RadialLevel> levels)
    {
        Nodes = new double[(2 * nodes.Z.Length) - 1];
        for (var i = 0; i < Nodes.Length; i++)
            Nodes[i] = i % 2 == 0 ? nodes.Z[i / 2] : nodes.At(0.5 * i);

        _right = new double[Nodes.Length];
        _residual = new double[Nodes.Length];
        _levels = [.. levels.Select(level => new Level(nodes, Nodes, level))];
    }

    public double[] Nodes { get; }

    public bool Factor(LineOperator operation, double length, ReadOnlySpan<bool> held)
    {
        _held = held.ToArray();
        foreach (var level in _levels)
            if (!level.Factor(operation, length, held))
                return false;

        return true;
    }

    public void Solve(Span<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            _residual[i] = _held[i] ? HeldWeight * values[i] : values[i];
            values[i] = _held[i] ? values[i] : 0;
        }

        for (var l = 0; l < _levels.Length; l++)
        {
            _residual.CopyTo(_right, 0);
            var coefficients = _levels[l].Solve(_right);
            for (var i = 0; i < values.Length; i++)
                if (!_held[i])
                    values[i] += _levels[l].Value(i, coefficients);

            if (l < _levels.Length - 1)
                _levels[l].Subtract(coefficients, _residual);
        }
    }

    private sealed class Level
    {
        private readonly int _count;
        private readonly double[] _basis;
        private readonly double[] _slopes;
        private readonly double[] _curvatures;
        private readonly double[] _equations;
        private readonly double[] _coefficients;
        private LeastSquares? _system;

        public Level(LineNodes nodes, double[] points, RadialLevel level)
        {
            _count = level.Centres.Length;
            _basis = new double[points.Length * _count];
            _slopes = new double[points.Length * _count];
            _curvatures = new double[points.Length * _count];
            _equations = new double[points.Length * _count];
            _coefficients = new double[_count];
            for (var i = 0; i < points.Length; i++)
            {
                var map = nodes.Derivatives(points[i]);
                for (var k = 0; k < _count; k++)
                {
                    var (value, slope, curvature) = level.Function((0.5 * i) - level.Centres[k]);
                    var place = (i * _count) + k;
                    _basis[place] = value;
                    _slopes[place] = slope / map.First;
                    _curvatures[place] = (curvature - (map.Second / map.First * slope)) / (map.First * map.First);
                }
            }
        }

        public bool Factor(LineOperator operation, double length, ReadOnlySpan<bool> held)
        {
            _system = new LeastSquares(held.Length, _count);
            for (var i = 0; i < held.Length; i++)
                for (var k = 0; k < _count; k++)
                {
                    var place = (i * _count) + k;
                    var applied =
                        (operation.Curvature[i] * _curvatures[place])
                        + (operation.Slope[i] * _slopes[place])
                        + (operation.Level[i] * _basis[place]);
                    _equations[place] = held[i] ? HeldWeight * _basis[place] : _basis[place] - (length * applied);
                    _system[i, k] = _equations[place];
                }

            return _system.Factor();
        }

        public double[] Solve(double[] right)
        {
            _system!.Solve(right, _coefficients);
            return _coefficients;
        }

        public double Value(int point, double[] coefficients) =>
            DenseRow.Product(_basis.AsSpan(point * _count, _count), coefficients);

        public void Subtract(double[] coefficients, double[] residual)
        {
            for (var i = 0; i < residual.Length; i++)
                residual[i] -= DenseRow.Product(_equations.AsSpan(i * _count, _count), coefficients);
        }
    }
}
