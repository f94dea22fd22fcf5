using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfFd;

/// <summary>
/// The weights in the plane. They are exact for the splines r^5 of the 25 nearest nodes and for polynomials of total
/// degree four. Distances are in units of the local spacing in each direction.
/// </summary>
internal sealed class SplinePlane : IPlaneDiscretisation
{
    public int Steps(int intervals) => Math.Max(12, intervals / 4);

    public IPlaneSpace Build(PlaneTask task) => new StencilPlane(task, new Splines(task));

    private sealed class Splines(PlaneTask task) : IPlaneWeights
    {
        private const int Side = 5;

        private const int Points = Side * Side;

        private const int Degree = 4;

        private const int Polynomials = (Degree + 1) * (Degree + 2) / 2;

        private const int Size = Points + Polynomials;

        private readonly BandLu _system = new(Size, Size);
        private readonly double[] _x = new double[Points];
        private readonly double[] _y = new double[Points];
        private readonly double[] _right = new double[Size];

        public int Width => Side;

        public int Height => Side;

        public bool Fill(int i, int j, PlaneStencil stencil)
        {
            var xs = task.X.AsSpan(stencil.FirstX, Side);
            var ys = task.Y.AsSpan(stencil.FirstY, Side);
            var (scaleX, scaleY) = ((xs[^1] - xs[0]) / (Side - 1), (ys[^1] - ys[0]) / (Side - 1));
            for (var k = 0; k < Points; k++)
            {
                _x[k] = (xs[k / Side] - task.X[i]) / scaleX;
                _y[k] = (ys[k % Side] - task.Y[j]) / scaleY;
            }

            Assemble();
            if (!_system.Factor())
                return false;

            Solve(stencil.X, scaleX, (x, _, r) => -5 * x * r * r * r, 1);
            Solve(stencil.Y, scaleY, (_, y, r) => -5 * y * r * r * r, Degree + 1);
            Solve(stencil.XX, scaleX * scaleX, (x, _, r) => 5 * r * ((r * r) + (3 * x * x)), 2);
            Solve(stencil.YY, scaleY * scaleY, (_, y, r) => 5 * r * ((r * r) + (3 * y * y)), (2 * Degree) + 1);
            Solve(stencil.XY, scaleX * scaleY, (x, y, r) => 15 * r * x * y, Degree + 2);
            return true;
        }

        private void Assemble()
        {
            _system.Clear();
            for (var k = 0; k < Points; k++)
            {
                for (var l = 0; l < Points; l++)
                {
                    var (dx, dy) = (_x[k] - _x[l], _y[k] - _y[l]);
                    var square = (dx * dx) + (dy * dy);
                    _system[k, l] = square * square * Math.Sqrt(square);
                }

                // The monomials y^b x^a, ordered by b, then a.
                var column = Points;
                double powerY = 1;
                for (var b = 0; b <= Degree; b++, powerY *= _y[k])
                {
                    var power = powerY;
                    for (var a = 0; a <= Degree - b; a++, power *= _x[k])
                    {
                        _system[k, column] = power;
                        _system[column++, k] = power;
                    }
                }
            }
        }

        /// <param name="spline">The derivative of r^5 at the node, as a function of the distances to a centre.</param>
        /// <param name="monomial">
        /// Index of the monomial whose derivative at the node is not zero. It is 2 for x^2 and y^2, and 1 otherwise.
        /// </param>
        private void Solve(double[] weights, double scale, Func<double, double, double, double> spline, int monomial)
        {
            Array.Clear(_right);
            for (var k = 0; k < Points; k++)
                _right[k] = spline(_x[k], _y[k], Math.Sqrt((_x[k] * _x[k]) + (_y[k] * _y[k])));

            _right[Points + monomial] = monomial is 2 or (2 * Degree) + 1 ? 2 : 1;
            _system.Solve(_right);
            for (var k = 0; k < Points; k++)
                weights[k] = _right[k] / scale;
        }
    }
}
