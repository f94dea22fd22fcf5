namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Direct solution of tridiagonal systems without pivoting, for the diagonally dominant matrices of implicit time
/// steps, where elimination cannot break down. Row i is lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] =
/// right[i].
/// </summary>
internal static class Tridiagonal
{
    /// <summary>
    /// Thomas' algorithm. On return <paramref name="x"/> contains the solution; <paramref name="diagonal"/> is
    /// overwritten.
    /// </summary>
    /// <param name="x">On entry, the right-hand side.</param>
    public static void Solve(
        ReadOnlySpan<double> lower,
        Span<double> diagonal,
        ReadOnlySpan<double> upper,
        Span<double> x
    )
    {
        var n = x.Length;
        for (var i = 1; i < n; i++)
        {
            var factor = lower[i] / diagonal[i - 1];
            diagonal[i] -= factor * upper[i - 1];
            x[i] -= factor * x[i - 1];
        }

        x[n - 1] /= diagonal[n - 1];
        for (var i = n - 2; i >= 0; i--)
            x[i] = (x[i] - (upper[i] * x[i + 1])) / diagonal[i];
    }

    /// <summary>
    /// Factorises the matrix once for many right-hand sides. For <see cref="SolveFactored"/>, <paramref name="lower"/>
    /// is replaced by the factors and <paramref name="diagonal"/> by the inverse pivots. Each row of a solve then costs
    /// two products instead of two divisions.
    /// </summary>
    public static void Factor(Span<double> lower, Span<double> diagonal, ReadOnlySpan<double> upper)
    {
        diagonal[0] = 1 / diagonal[0];
        for (var i = 1; i < diagonal.Length; i++)
        {
            lower[i] *= diagonal[i - 1];
            diagonal[i] = 1 / (diagonal[i] - (lower[i] * upper[i - 1]));
        }
    }

    public static void SolveFactored(
        ReadOnlySpan<double> factors,
        ReadOnlySpan<double> inverse,
        ReadOnlySpan<double> upper,
        Span<double> x
    )
    {
        var n = x.Length;
        var before = x[0];
        for (var i = 1; i < n; i++)
        {
            before = x[i] - (factors[i] * before);
            x[i] = before;
        }

        before = 0;
        for (var i = n - 1; i >= 0; i--)
        {
            before = (x[i] - (upper[i] * before)) * inverse[i];
            x[i] = before;
        }
    }

    /// <summary>
    /// Solves the linear complementarity problem A x >= right, x >= floor, with equality in one of the two in every
    /// row, where the floor is active exactly on the rows below some index (the exercise region of a put). Elimination
    /// starts at the last row, so the forward sweep begins in that region. Brennan and Schwartz, "The valuation of
    /// American put options", J. Finance 32 (1977) 449-462; proved correct for such sets by Jaillet, Lamberton and
    /// Lapeyre, Acta Appl. Math. 21 (1990) 263-289.
    /// </summary>
    public static void SolveAboveFloor(
        ReadOnlySpan<double> lower,
        Span<double> diagonal,
        ReadOnlySpan<double> upper,
        Span<double> x,
        ReadOnlySpan<double> floor
    )
    {
        var n = x.Length;
        for (var i = n - 2; i >= 0; i--)
        {
            var factor = upper[i] / diagonal[i + 1];
            diagonal[i] -= factor * lower[i + 1];
            x[i] -= factor * x[i + 1];
        }

        x[0] = Math.Max(floor[0], x[0] / diagonal[0]);
        for (var i = 1; i < n; i++)
            x[i] = Math.Max(floor[i], (x[i] - (lower[i] * x[i - 1])) / diagonal[i]);
    }
}
