using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Steps the forward price of an American put back from maturity: W >= floor and G W_t >= W_yy + Q W, with equality in
/// one of the two. It uses three-point differences and the two-stage, second-order, L-stable Runge-Kutta method of
/// Alexander, SIAM J. Numer. Anal. 14 (1977) 1006-1021. Each stage is a complementarity problem, which is solved
/// directly.
/// </summary>
internal readonly ref struct PutMarch
{
    private static readonly double Diagonal = 1 - Math.Sqrt(0.5);

    private readonly Span<double> _potential;
    private readonly Span<double> _g;
    private readonly Span<double> _prices;
    private readonly Span<double> _scale;
    private readonly Span<double> _stage;
    private readonly Span<double> _right;
    private readonly Span<double> _diagonal;
    private readonly Span<double> _beside;
    private readonly Span<double> _floor;

    /// <param name="scratch">Scratch space for at least <see cref="ScratchSize"/> numbers.</param>
    public PutMarch(in GridLogSinh grid, double strike, double volatility, Span<double> scratch)
    {
        var n = grid.Count;
        _prices = scratch[..n];
        _potential = scratch.Slice(n, n);
        _g = scratch.Slice(2 * n, n);
        _scale = scratch.Slice(3 * n, n);
        Values = scratch.Slice(4 * n, n);
        _stage = scratch.Slice(5 * n, n);
        _right = scratch.Slice(6 * n, n);
        _diagonal = scratch.Slice(7 * n, n);
        _beside = scratch.Slice(8 * n, n);
        _floor = scratch.Slice(9 * n, n);
        grid.Fill(_prices, _g, _potential, _scale);
        _beside.Fill(-1);
        var step2 = grid.Step * grid.Step;
        for (var j = 0; j < n; j++)
        {
            _g[j] *= step2 / (volatility * volatility);
            _potential[j] *= step2;
            Values[j] = Math.Max(0, strike - _prices[j]) / _scale[j];
        }

        // Sampling a function with a kink introduces an error of -h/12 times the jump in its slope (see
        // ForwardMarch.SmoothKink).
        Values[grid.Below] += _scale[grid.Below] * grid.Step / 12;
    }

    /// <summary>The values of W before the solve, and of V after it.</summary>
    public Span<double> Values { get; }

    /// <summary>Scratch space. After the solve, the caller may store the coordinates y of the nodes in it.</summary>
    public Span<double> Spare => _stage;

    public static int ScratchSize(int nodes) => 10 * nodes;

    /// <summary>
    /// Uses equal steps in the square root of the time to expiry, because the distance of the exercise boundary from
    /// the strike grows roughly like that root. With equal steps in time, the scheme would no longer be second-order
    /// accurate (Forsyth and Vetzal, SIAM J. Sci. Comput. 23 (2002) 2095-2122).
    /// </summary>
    public void March(double strike, double rate, double maturity, int steps)
    {
        var w = Values;
        double before = 0;
        for (var step = 1; step <= steps; step++)
        {
            Cancellation.Check();
            var root = (double)step / steps;
            var now = maturity * root * root;
            var dt = now - before;
            Stage(w, _stage, strike, rate, before + (Diagonal * dt), Diagonal * dt);
            for (var j = 0; j < w.Length; j++)
                _right[j] = w[j] + ((1 - Diagonal) / Diagonal * (_stage[j] - w[j]));

            Stage(_right, w, strike, rate, now, Diagonal * dt);
            before = now;
        }

        for (var j = 0; j < w.Length; j++)
            w[j] *= _scale[j];
    }

    /// <param name="tau">
    /// Time to expiry at the end of the stage. The floor is the exercise value at that time, carried forward to
    /// maturity.
    /// </param>
    private void Stage(
        ReadOnlySpan<double> from,
        Span<double> to,
        double strike,
        double rate,
        double tau,
        double length
    )
    {
        var paid = strike * Math.Exp(rate * tau);
        var perStep = 1 / length;
        var n = to.Length;
        for (var j = 0; j < n; j++)
        {
            var weight = _g[j] * perStep;
            _floor[j] = Math.Max(0, paid - _prices[j]) / _scale[j];
            _diagonal[j] = weight - _potential[j] + 2;
            to[j] = weight * from[j];
        }

        // At the low end the put is exercised or, when the rate is not positive, certain to end in the money; at the
        // high end it is worthless.
        to[0] = (Math.Max(paid, strike) - _prices[0]) / _scale[0];
        to[n - 1] = 0;
        to[1] += to[0];
        Tridiagonal.SolveAboveFloor(_beside[1..^1], _diagonal[1..^1], _beside[1..^1], to[1..^1], _floor[1..^1]);
    }
}
