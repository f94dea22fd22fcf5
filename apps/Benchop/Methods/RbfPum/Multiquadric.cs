using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.RbfPum;

/// <summary>
/// The differentiation matrices of the interpolant on one patch, whose nodes are a square grid of integers or, on a
/// line, consecutive integers. The basis functions are multiquadrics sqrt(c^2 + r^2) and polynomials of degree four,
/// without which the derivatives of a constant would not vanish.
/// </summary>
internal sealed class Multiquadric
{
    private const int Degree = 4;

    private Multiquadric(int nodes)
    {
        X = new double[nodes * nodes];
        Y = new double[nodes * nodes];
        XX = new double[nodes * nodes];
        XY = new double[nodes * nodes];
        YY = new double[nodes * nodes];
    }

    /// <summary>The derivative at node i is the sum over k of X[i * nodes + k] times the value at node k.</summary>
    public double[] X { get; }

    public double[] Y { get; }

    public double[] XX { get; }

    public double[] XY { get; }

    public double[] YY { get; }

    /// <param name="shape">c, in units of the node spacing.</param>
    public static Multiquadric OnPatch(int width, int height, double shape)
    {
        var n = width * height;
        var line = height == 1;
        var polynomials = line ? 5 : 15;
        var matrices = new Multiquadric(n);
        var basis = new BandLu(n + polynomials, n + polynomials);
        for (var i = 0; i < n; i++)
        {
            var (x, y) = Centred(i);
            var monomials = Monomials(x, y, 0, 0);
            for (var p = 0; p < polynomials; p++)
            {
                basis[i, n + p] = monomials[p];
                basis[n + p, i] = monomials[p];
            }

            for (var k = 0; k < n; k++)
            {
                var (otherX, otherY) = Centred(k);
                basis[i, k] = Radius(x - otherX, y - otherY);
            }
        }

        if (!basis.Factor())
            throw new InvalidOperationException(
                $"The multiquadrics with shape parameter {shape} are linearly dependent."
            );

        // The system is symmetric, so each row of D = B' B^-1 is the solution for the derivatives of the basis at a
        // node.
        for (var i = 0; i < n; i++)
        {
            var (x, y) = Centred(i);
            Row(matrices.X, (dx, _, r) => dx / r, Monomials(x, y, 1, 0));
            Row(matrices.XX, (_, dy, r) => ((shape * shape) + (dy * dy)) / (r * r * r), Monomials(x, y, 2, 0));
            if (line)
                continue;

            Row(matrices.Y, (_, dy, r) => dy / r, Monomials(x, y, 0, 1));
            Row(matrices.YY, (dx, _, r) => ((shape * shape) + (dx * dx)) / (r * r * r), Monomials(x, y, 0, 2));
            Row(matrices.XY, (dx, dy, r) => -dx * dy / (r * r * r), Monomials(x, y, 1, 1));

            void Row(double[] matrix, Func<double, double, double, double> radial, double[] monomials)
            {
                var right = new double[n + polynomials];
                for (var k = 0; k < n; k++)
                {
                    var (otherX, otherY) = Centred(k);
                    right[k] = radial(x - otherX, y - otherY, Radius(x - otherX, y - otherY));
                }

                monomials.CopyTo(right.AsSpan(n));
                basis.Solve(right);
                right.AsSpan(0, n).CopyTo(matrix.AsSpan(i * n));
            }
        }

        return matrices;

        (double X, double Y) Centred(int node) =>
            ((node / height) - (0.5 * (width - 1)), (node % height) - (0.5 * (height - 1)));

        double Radius(double dx, double dy) => Math.Sqrt((shape * shape) + (dx * dx) + (dy * dy));

        // The derivatives of all x^a y^b with a + b <= 4, or of all x^a, of the given orders in x and y.
        double[] Monomials(double x, double y, int orderX, int orderY)
        {
            List<double> values = [];
            for (var b = 0; b <= (line ? 0 : Degree); b++)
                for (var a = 0; a <= Degree - b; a++)
                    values.Add(Derivative(x, a, orderX) * Derivative(y, b, orderY));

            return [.. values];
        }

        static double Derivative(double x, int power, int order) =>
            order == 0 ? Math.Pow(x, power)
            : power == 0 ? 0
            : power * Derivative(x, power - 1, order - 1);
    }
}
