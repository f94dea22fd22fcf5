namespace Headrace.Apps.Benchop.Numerics;

/// <summary>Fits a polynomial by least squares, using the normal equations.</summary>
internal sealed class PolynomialFit(int coefficients)
{
    private readonly double[] _moments = new double[(2 * coefficients) - 1];
    private readonly double[] _products = new double[coefficients];

    public void Clear()
    {
        _moments.AsSpan().Clear();
        _products.AsSpan().Clear();
    }

    public void Add(double x, double y)
    {
        double power = 1;
        for (var i = 0; i < _moments.Length; i++)
        {
            _moments[i] += power;
            if (i < coefficients)
                _products[i] += power * y;

            power *= x;
        }
    }

    /// <summary>
    /// Returns the coefficients, starting with the constant. Returns null if the points do not determine all of them,
    /// that is, if the basis is rank-deficient on these points.
    /// </summary>
    public double[]? Solve()
    {
        // Cholesky decomposition of the matrix of moments. A pivot that loses twelve digits to cancellation would be
        // zero without rounding errors.
        var factor = new double[coefficients, coefficients];
        for (var i = 0; i < coefficients; i++)
            for (var j = 0; j <= i; j++)
            {
                var sum = _moments[i + j];
                for (var k = 0; k < j; k++)
                    sum -= factor[i, k] * factor[j, k];

                if (i != j)
                    factor[i, j] = sum / factor[j, j];
                else if (sum > 1e-12 * _moments[2 * i] && sum > 0)
                    factor[i, i] = Math.Sqrt(sum);
                else
                    return null;
            }

        var solution = new double[coefficients];
        for (var i = 0; i < coefficients; i++)
        {
            var sum = _products[i];
            for (var k = 0; k < i; k++)
                sum -= factor[i, k] * solution[k];

            solution[i] = sum / factor[i, i];
        }

        for (var i = coefficients - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < coefficients; k++)
                solution[i] -= factor[k, i] * solution[k];

            solution[i] /= factor[i, i];
        }

        return solution;
    }
}
