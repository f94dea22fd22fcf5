using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfGlobal;

/// <summary>Multiquadrics centred at the nodes of a rectangle and collocated there.</summary>
internal sealed class MultiquadricPlane : IPlaneDiscretisation
{
    public int Steps(int intervals) => Math.Max(12, intervals / 4);

    /// <summary>
    /// Adds points halfway between the outermost nodes in y. These points allow centres beyond both ends. Without these
    /// centres, the derivatives at the ends are inaccurate.
    /// </summary>
    public PlaneTask Adapt(PlaneTask task, int intervals) =>
        task with
        {
            AdaptedY = [.. Indices(task.GradedY.Z.Length - 1).Select(task.GradedY.At)],
        };

    public IPlaneSpace Build(PlaneTask task) => new Space(task, [.. Indices(task.GradedY.Z.Length - 1)]);

    private static IEnumerable<double> Indices(int last)
    {
        for (double index = 0; index <= last; index += index < Outside || index >= last - Outside ? 0.5 : 1)
            yield return index;
    }

    /// <summary>The number of centres beyond each end of y.</summary>
    private const int Outside = 2;

    private sealed class Space(PlaneTask task, double[] indices) : IPlaneSpace
    {
        private const double Shape = 5;

        private readonly int _columns = task.X.Length;
        private readonly int _rows = task.Y.Length;
        private readonly double[] _basis = new double[task.X.Length * task.Y.Length * task.X.Length * task.Y.Length];
        private readonly double[] _coefficients = new double[task.X.Length * task.Y.Length];
        private BandLu? _system;

        public bool Factor(double length)
        {
            var size = _coefficients.Length;
            _system = new BandLu(size, size);
            for (var i = 0; i < _columns; i++)
            {
                Cancellation.Check();
                var x = task.GradedX.Derivatives(task.X[i]);
                for (var j = 0; j < _rows; j++)
                {
                    var y = task.GradedY.Derivatives(task.Y[j]);
                    var c = task.Coefficients(task.X[i], task.Y[j], j == 0 || j == _rows - 1);
                    if (i == 0 || i == _columns - 1)
                        c = default;

                    // The operator in terms of derivatives with respect to the node indices.
                    var row = (i * _rows) + j;
                    var xx = -length * c.XX / (x.First * x.First);
                    var yy = -length * c.YY / (y.First * y.First);
                    var xy = -length * c.XY / (x.First * y.First);
                    var slopeX = (-length * c.X / x.First) - (xx * x.Second / x.First);
                    var slopeY = (-length * c.Y / y.First) - (yy * y.Second / y.First);
                    for (var a = 0; a < _columns; a++)
                        for (var b = 0; b < _rows; b++)
                        {
                            var (dx, dy) = (i - a, indices[j] + Outside - b);
                            var column = (a * _rows) + b;
                            var radius = Math.Sqrt((Shape * Shape) + (dx * dx) + (dy * dy));
                            var square = 1 / (radius * radius);
                            _basis[(row * size) + column] = radius;
                            _system[row, column] =
                                radius
                                + (
                                    (
                                        (slopeX * dx)
                                        + (slopeY * dy)
                                        + (
                                            square
                                            * (
                                                (xx * ((Shape * Shape) + (dy * dy)))
                                                + (yy * ((Shape * Shape) + (dx * dx)))
                                                - (xy * dx * dy)
                                            )
                                        )
                                    ) / radius
                                );
                        }
                }
            }

            return _system.Factor();
        }

        public void Solve(Span<double> values)
        {
            values.CopyTo(_coefficients);
            _system!.Solve(_coefficients);
            var size = values.Length;
            for (var i = 0; i < size; i++)
                values[i] = DenseRow.Product(_basis.AsSpan(i * size, size), _coefficients);
        }
    }
}
