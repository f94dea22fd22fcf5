namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Least-squares solutions of an overdetermined system by Householder reflections, with one matrix and many right-hand
/// sides. Unlike the normal equations, the reflections do not square the condition number.
/// </summary>
internal sealed class LeastSquares(int rows, int columns)
{
    // Stored by columns: the reflectors below and on the diagonal, the triangle above it.
    private readonly double[] _matrix = new double[rows * columns];
    private readonly double[] _diagonal = new double[columns];

    public ref double this[int row, int column] => ref _matrix[(column * rows) + row];

    /// <summary>
    /// Factorises the matrix in place. Returns false if a column depends linearly on those before it.
    /// </summary>
    public bool Factor()
    {
        for (var k = 0; k < columns; k++)
        {
            Cancellation.CheckAt(k);
            var column = _matrix.AsSpan((k * rows) + k, rows - k);
            var norm = Math.Sqrt(DenseRow.Product(column, column));
            if (!(norm > 1e-290) || !double.IsFinite(norm))
                return false;

            norm = column[0] > 0 ? -norm : norm;
            _diagonal[k] = norm;
            column[0] -= norm;

            // The reflector is 1 - v v'/(v'v/2), and v'v/2 = -norm * v[0].
            var inverse = -1 / (norm * column[0]);
            for (var j = k + 1; j < columns; j++)
            {
                var other = _matrix.AsSpan((j * rows) + k, rows - k);
                DenseRow.Subtract(DenseRow.Product(column, other) * inverse, column, other);
            }
        }

        return true;
    }

    /// <summary>Solves for the coefficients. The contents of <paramref name="right"/> are overwritten.</summary>
    public void Solve(Span<double> right, Span<double> coefficients)
    {
        for (var k = 0; k < columns; k++)
        {
            var column = _matrix.AsSpan((k * rows) + k, rows - k);
            var inverse = -1 / (_diagonal[k] * column[0]);
            DenseRow.Subtract(DenseRow.Product(column, right[k..]) * inverse, column, right[k..]);
        }

        for (var k = columns - 1; k >= 0; k--)
        {
            var value = right[k] / _diagonal[k];
            coefficients[k] = value;
            DenseRow.Subtract(value, _matrix.AsSpan(k * rows, k), right[..k]);
        }
    }
}
