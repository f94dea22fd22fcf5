namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// One implicit Euler solve of G W_t = W_yy + Q W on a uniform grid in y with fixed end values, by the compact
/// three-point scheme
/// M (G (W - R) / dt - Q W) = D W with D the second difference and M = (1, 10, 1)/12: fourth order in space.
/// (Numerov's discretisation; for parabolic equations Crandall, Quart. Appl. Math. 13 (1955) 318-320.)
/// Every time integrator of the family is made of such solves.
/// </summary>
internal readonly ref struct CompactOperator
{
    private readonly double step2;
    private readonly ReadOnlySpan<double> potential;
    private readonly Span<double> weight;
    private readonly Span<double> row;
    private readonly Span<double> left;
    private readonly Span<double> right;
    private readonly Span<double> inverse;

    /// <param name="room">Five times the number of nodes.</param>
    public CompactOperator(double step, ReadOnlySpan<double> potential, Span<double> room)
    {
        int n = potential.Length;
        step2 = step * step / 12;
        this.potential = potential;
        weight = room[..n];
        row = room.Slice(n, n);
        left = room.Slice(2 * n, n);
        right = room.Slice(3 * n, n);
        inverse = room.Slice(4 * n, n);
    }

    /// <summary>
    /// Eliminates for these coefficients G and this time step; <see cref="Solve"/> may follow any number of times.
    /// </summary>
    public void Factor(ReadOnlySpan<double> g, double dt)
    {
        int n = potential.Length;
        ReadOnlySpan<double> q = potential;
        double perStep = step2 / dt;
        Span<double> w = weight;
        Span<double> a = row;
        for (int j = 0; j < n; j++)
        {
            w[j] = perStep * g[j];
            a[j] = w[j] - (step2 * q[j]) - 1;
        }

        Span<double> l = left;
        Span<double> inv = inverse;
        double before = 1 / ((10 * a[1]) + 12);
        inv[1] = before;
        for (int i = 2; i < n - 1; i++)
        {
            double factor = a[i - 1] * before;
            l[i] = factor;
            before = 1 / ((10 * a[i]) + 12 - (factor * a[i]));
            inv[i] = before;
        }

        Span<double> r = right;
        for (int i = 1; i < n - 1; i++)
        {
            r[i] = a[i + 1] * inv[i];
        }
    }

    /// <summary>W from R. The end values of R are kept.</summary>
    public void Solve(ReadOnlySpan<double> from, Span<double> to)
    {
        int n = potential.Length;
        Span<double> w = weight;
        for (int j = 0; j < n; j++)
        {
            to[j] = w[j] * from[j];
        }

        Span<double> l = left;
        double previous = to[0];
        double here = to[1];
        double reduced = previous + (10 * here) + to[2] - (row[0] * from[0]);
        to[1] = reduced;
        for (int i = 2; i < n - 1; i++)
        {
            previous = here;
            here = to[i];
            double next = to[i + 1];
            reduced = previous + (10 * here) + next - (i == n - 2 ? row[n - 1] * from[n - 1] : 0) - (l[i] * reduced);
            to[i] = reduced;
        }

        to[0] = from[0];
        to[n - 1] = from[n - 1];
        Span<double> r = right;
        Span<double> inv = inverse;
        double x = to[n - 2] * inv[n - 2];
        to[n - 2] = x;
        for (int i = n - 3; i >= 1; i--)
        {
            x = (to[i] * inv[i]) - (r[i] * x);
            to[i] = x;
        }
    }
}
