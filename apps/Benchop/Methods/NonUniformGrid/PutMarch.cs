using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Marches forward prices of an American put back from maturity: W >= floor and G W_t >= W_yy + Q W, one of them an
/// equality.
/// Three-point differences and the two-stage, second-order, L-stable Runge-Kutta method of Alexander, SIAM J. Numer.
/// Anal. 14 (1977)
/// 1006-1021, with one directly solved complementarity problem a stage.
/// </summary>
internal readonly ref struct PutMarch
{
    private static readonly double Diagonal = 1 - Math.Sqrt(0.5);

    private readonly Span<double> potential;
    private readonly Span<double> g;
    private readonly Span<double> prices;
    private readonly Span<double> scale;
    private readonly Span<double> stage;
    private readonly Span<double> right;
    private readonly Span<double> diagonal;
    private readonly Span<double> beside;
    private readonly Span<double> floor;

    /// <param name="room">At least <see cref="RoomFor"/> numbers.</param>
    public PutMarch(in GridLogSinh grid, double strike, double volatility, Span<double> room)
    {
        int n = grid.Count;
        prices = room[..n];
        potential = room.Slice(n, n);
        g = room.Slice(2 * n, n);
        scale = room.Slice(3 * n, n);
        Values = room.Slice(4 * n, n);
        stage = room.Slice(5 * n, n);
        right = room.Slice(6 * n, n);
        diagonal = room.Slice(7 * n, n);
        beside = room.Slice(8 * n, n);
        floor = room.Slice(9 * n, n);
        grid.Fill(prices, g, potential, scale);
        beside.Fill(-1);
        double step2 = grid.Step * grid.Step;
        for (int j = 0; j < n; j++)
        {
            g[j] *= step2 / (volatility * volatility);
            potential[j] *= step2;
            Values[j] = Math.Max(0, strike - prices[j]) / scale[j];
        }

        // Samples of a kink lack h/12 of its slope jump (see ForwardMarch.SmoothKink).
        Values[grid.Below] += scale[grid.Below] * grid.Step / 12;
    }

    /// <summary>W on entry to the march, V after it.</summary>
    public Span<double> Values { get; }

    /// <summary>Scratch space: y of the nodes may go there after the march.</summary>
    public Span<double> Spare => stage;

    public static int RoomFor(int nodes) => 10 * nodes;

    /// <summary>
    /// Steps are equal in the square root of time to expiry, with which the exercise boundary leaves the strike: equal
    /// steps in time itself
    /// would cost the second order (Forsyth and Vetzal, SIAM J. Sci. Comput. 23 (2002) 2095-2122).
    /// </summary>
    public void March(double strike, double rate, double maturity, int steps)
    {
        Span<double> w = Values;
        double before = 0;
        for (int step = 1; step <= steps; step++)
        {
            double root = (double)step / steps;
            double now = maturity * root * root;
            double dt = now - before;
            Stage(w, stage, strike, rate, before + (Diagonal * dt), Diagonal * dt);
            for (int j = 0; j < w.Length; j++)
            {
                right[j] = w[j] + ((1 - Diagonal) / Diagonal * (stage[j] - w[j]));
            }

            Stage(right, w, strike, rate, now, Diagonal * dt);
            before = now;
        }

        for (int j = 0; j < w.Length; j++)
        {
            w[j] *= scale[j];
        }
    }

    /// <param name="tau">
    /// Time to expiry at the end of the stage; the floor is what exercise then pays, carried forward to maturity.
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
        double paid = strike * Math.Exp(rate * tau);
        double perStep = 1 / length;
        int n = to.Length;
        for (int j = 0; j < n; j++)
        {
            double weight = g[j] * perStep;
            floor[j] = Math.Max(0, paid - prices[j]) / scale[j];
            diagonal[j] = weight - potential[j] + 2;
            to[j] = weight * from[j];
        }

        // At the low end the put is exercised, or, when the rate is not positive, surely ends in the money; at the high
        // end it is worthless.
        to[0] = (Math.Max(paid, strike) - prices[0]) / scale[0];
        to[n - 1] = 0;
        to[1] += to[0];
        Tridiagonal.SolveAboveFloor(beside[1..^1], diagonal[1..^1], beside[1..^1], to[1..^1], floor[1..^1]);
    }
}
