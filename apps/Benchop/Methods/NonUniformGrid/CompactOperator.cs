namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Performs one implicit Euler solve of G W_t = W_yy + Q W on a uniform grid in y with fixed end values, using the
/// compact three-point scheme M (G (W - R) / dt - Q W) = D W, where D is the second difference and M = (1, 10, 1)/12.
/// The scheme is of fourth order in space (Numerov's discretisation; for parabolic equations see Crandall, Quart. Appl.
/// Math. 13 (1955) 318-320). All time integrators of this family of methods are built from these solves.
/// </summary>
internal readonly ref struct CompactOperator
{
    private readonly double _step2;
    private readonly ReadOnlySpan<double> _potential;
    private readonly Span<double> _weight;
    private readonly Span<double> _row;
    private readonly Span<double> _left;
    private readonly Span<double> _right;
    private readonly Span<double> _inverse;

    /// <param name="scratch">Scratch space for five numbers per node.</param>
    public CompactOperator(double step, ReadOnlySpan<double> potential, Span<double> scratch)
    {
        var n = potential.Length;
        _step2 = step * step / 12;
        _potential = potential;
        _weight = scratch[..n];
        _row = scratch.Slice(n, n);
        _left = scratch.Slice(2 * n, n);
        _right = scratch.Slice(3 * n, n);
        _inverse = scratch.Slice(4 * n, n);
    }

    /// <summary>
    /// Factorises the system for the given coefficients G and time step. Any number of calls to <see cref="Solve"/> may
    /// follow.
    /// </summary>
    public void Factor(ReadOnlySpan<double> g, double dt)
    {
        var n = _potential.Length;
        var q = _potential;
        var perStep = _step2 / dt;
        var w = _weight;
        var a = _row;
        for (var j = 0; j < n; j++)
        {
            w[j] = perStep * g[j];
            a[j] = w[j] - (_step2 * q[j]) - 1;
        }

        var l = _left;
        var inv = _inverse;
        var before = 1 / ((10 * a[1]) + 12);
        inv[1] = before;
        for (var i = 2; i < n - 1; i++)
        {
            var factor = a[i - 1] * before;
            l[i] = factor;
            before = 1 / ((10 * a[i]) + 12 - (factor * a[i]));
            inv[i] = before;
        }

        var r = _right;
        for (var i = 1; i < n - 1; i++)
            r[i] = a[i + 1] * inv[i];
    }

    /// <summary>Computes W from R. The end values of W are those of R.</summary>
    public void Solve(ReadOnlySpan<double> from, Span<double> to)
    {
        var n = _potential.Length;
        var w = _weight;
        for (var j = 0; j < n; j++)
            to[j] = w[j] * from[j];

        var l = _left;
        var previous = to[0];
        var here = to[1];
        var reduced = previous + (10 * here) + to[2] - (_row[0] * from[0]);
        to[1] = reduced;
        for (var i = 2; i < n - 1; i++)
        {
            previous = here;
            here = to[i];
            var next = to[i + 1];
            reduced = previous + (10 * here) + next - (i == n - 2 ? _row[n - 1] * from[n - 1] : 0) - (l[i] * reduced);
            to[i] = reduced;
        }

        to[0] = from[0];
        to[n - 1] = from[n - 1];
        var r = _right;
        var inv = _inverse;
        var x = to[n - 2] * inv[n - 2];
        to[n - 2] = x;
        for (var i = n - 3; i >= 1; i--)
        {
            x = (to[i] * inv[i]) - (r[i] * x);
            to[i] = x;
        }
    }
}
