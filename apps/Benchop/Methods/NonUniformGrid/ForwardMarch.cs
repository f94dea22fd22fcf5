using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Steps the forward price of a European payoff back from maturity: V(F, tau) = E[payoff | forward price F] satisfies
/// V_tau = 1/2 sigma^2 F^2 V_FF, which contains neither drift nor discounting, whatever the rate. The scheme is of
/// fourth order in space and time.
/// </summary>
internal ref struct ForwardMarch
{
    private readonly GridLogSinh _grid;
    private readonly Span<double> _metric;
    private readonly Span<double> _potential;
    private readonly Span<double> _g;
    private readonly Span<double> _stage;
    private readonly Span<double> _increments;
    private readonly CompactOperator _compact;

    /// <param name="scratch">Scratch space for at least <see cref="ScratchSize"/> numbers.</param>
    public ForwardMarch(GridLogSinh grid, Span<double> scratch)
    {
        var n = grid.Count;
        _grid = grid;
        Prices = scratch[..n];
        _metric = scratch.Slice(n, n);
        _potential = scratch.Slice(2 * n, n);
        Scale = scratch.Slice(3 * n, n);
        Values = scratch.Slice(4 * n, n);
        _g = scratch.Slice(5 * n, n);
        _stage = scratch.Slice(6 * n, n);
        _increments = scratch.Slice(7 * n, (DirkScheme.Stages - 1) * n);
        grid.Fill(Prices, _metric, _potential, Scale);
        _compact = new CompactOperator(grid.Step, _potential, scratch.Slice(11 * n, 5 * n));
    }

    /// <summary>
    /// Instead of the forward equation, solves V_tau = 1/2 sigma^2 V_xx with x = ln F: the scale becomes sqrt(dx/dy),
    /// and the part -(dx/dy)^2/4 of the potential, which comes from e^x, is dropped.
    /// </summary>
    public static ForwardMarch Driftless(GridLogSinh grid, Span<double> scratch)
    {
        var march = new ForwardMarch(grid, scratch);
        for (var j = 0; j < grid.Count; j++)
        {
            march._potential[j] += march._metric[j] / 8;
            march.Scale[j] = Math.Sqrt(Math.Sqrt(march._metric[j] / 2));
        }

        return march;
    }

    /// <summary>F of each node.</summary>
    public Span<double> Prices { get; }

    /// <summary>sqrt(dF/dy) of each node.</summary>
    public Span<double> Scale { get; }

    /// <summary>The value V at each node; valid between calls to March.</summary>
    public Span<double> Values { get; }

    /// <summary>Returns the coordinate y of each node. The result overwrites the scratch space of the solve.</summary>
    public readonly Span<double> Coordinates()
    {
        for (var j = 0; j < _stage.Length; j++)
            _stage[j] = _grid.Y(j);

        return _stage;
    }

    public static int ScratchSize(int nodes) => 16 * nodes;

    /// <summary>
    /// Corrects the samples of a payoff that has a kink at the centre node, so that they represent the payoff to fourth
    /// order. Sampling aliases the high frequencies of the kink into an error of -h^2/12 times the jump in slope at
    /// that node (Kreiss, Thomee and Widlund, Comm. Pure Appl. Math. 23 (1970) 241-259).
    /// </summary>
    /// <param name="slopeJump">The jump of V_F at the kink.</param>
    public readonly void SmoothKink(double slopeJump) =>
        Values[_grid.Below] += slopeJump * Scale[_grid.Below] * Scale[_grid.Below] * _grid.Step / 12;

    public readonly void March(double volatility, double duration, int steps)
    {
        var dt = duration / steps;
        for (var j = 0; j < _grid.Count; j++)
            _g[j] = _metric[j] / (volatility * volatility);

        _compact.Factor(_g, DirkScheme.Diagonal * dt);
        Enter();
        for (var step = 0; step < steps; step++)
        {
            Cancellation.Check();
            for (var i = 0; i < DirkScheme.Stages; i++)
                Stage(i);
        }

        Leave();
    }

    /// <summary>
    /// Uses equal steps in the square root of calendar time. A surface calibrated to implied variances is smooth only
    /// as a function of that root; with equal steps in t itself, the scheme would only be of order 3/2. A surface that
    /// is smooth in t is also smooth in the root.
    /// </summary>
    /// <param name="spot">Today's spot, used by surfaces that depend on it.</param>
    public readonly void March(LocalVolatility surface, double spot, double maturity, int steps)
    {
        var root = Math.Sqrt(maturity);
        var ds = root / steps;
        Enter();
        for (var step = 0; step < steps; step++)
        {
            Cancellation.Check();
            for (var i = 0; i < DirkScheme.Stages; i++)
            {
                // At today's date s = 0, so dt/ds = 2s vanishes, but the solve requires a finite G. For the small
                // positive s used instead, the solution equals the right-hand side.
                var s = Math.Max(root - ((step + DirkScheme.Times[i]) * ds), 1e-9 * root);
                Coefficients(surface, spot, s * s, 2 * s, Math.Exp(-surface.Rate * (maturity - (s * s))));
                _compact.Factor(_g, DirkScheme.Diagonal * ds);
                Stage(i);
            }
        }

        Leave();
    }

    private readonly void Coefficients(LocalVolatility surface, double spot, double time, double speed, double discount)
    {
        for (var j = 0; j < _g.Length; j++)
            _g[j] = _metric[j] / (speed * surface.Variance(spot, Prices[j] * discount, time));
    }

    /// <summary>
    /// Stage i starts from W plus the weighted sum of the increments. The result of the last stage is the new W.
    /// </summary>
    private readonly void Stage(int i)
    {
        var n = _grid.Count;
        var w = Values;
        var weights = DirkScheme.Weights[DirkScheme.RowOf(i)..];
        w.CopyTo(_stage);
        for (var k = 0; k < i; k++)
        {
            var weight = weights[k];
            ReadOnlySpan<double> increment = _increments.Slice(k * n, n);
            for (var j = 0; j < n; j++)
                _stage[j] += weight * increment[j];
        }

        if (i == DirkScheme.Stages - 1)
        {
            _compact.Solve(_stage, w);
            return;
        }

        var gained = _increments.Slice(i * n, n);
        _compact.Solve(_stage, gained);
        for (var j = 0; j < n; j++)
            gained[j] -= _stage[j];
    }

    private readonly void Enter()
    {
        for (var j = 0; j < Values.Length; j++)
            Values[j] /= Scale[j];
    }

    private readonly void Leave()
    {
        for (var j = 0; j < Values.Length; j++)
            Values[j] *= Scale[j];
    }
}
