using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// Prices calls on uniform grids: European calls and their Greeks, up-and-out calls, calls with a dividend (European
/// and American), and calls under local volatility.
/// </summary>
internal static class UniformCall
{
    private const int Interpolation = 6;

    public static string? European(
        double strike,
        double maturity,
        double barrier,
        BlackScholes model,
        Quantity quantity,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(maturity);
        var range = UniformRange.Around(strike, model.Rate, maturity, 1, _ => deviation, barrier, spots, intervals);
        var coarse = range.Unresolved(
            strike,
            1,
            Math.Exp(model.Rate * maturity),
            model.Rate,
            deviation,
            model.Volatility * model.Volatility,
            spots,
            intervals
        );
        if (coarse is { } reason)
            return reason;

        var knocked = range.Low + ((range.Nodes - 0.5) * range.Step) > barrier;
        if (quantity != Quantity.Vega)
        {
            Read(March(model.Volatility), quantity, spots, values);
            return null;
        }

        var bump = new VolatilityBump(model.Volatility);
        var lower = new double[spots.Length];
        Read(March(bump.Down), Quantity.Price, spots, lower);
        Read(March(bump.Up), Quantity.Price, spots, values);
        bump.Differentiate(lower, values);
        return null;

        UniformMarch March(double volatility)
        {
            var march = Payoff(range, strike, model.Rate);
            if (knocked)
            {
                // At the barrier, the odd continuation of the payoff jumps by twice the limit of the payoff. Sampling
                // the jump introduces an error of one twelfth of that limit at the neighbouring node (cf. Payoff).
                march.Values[^1] = 0;
                march.Values[^2] += (barrier - strike) / 12;
            }

            march.March(
                UniformMarch.Equal(0, maturity, Steps(intervals)),
                (_, _) => volatility * volatility,
                true,
                tau => (0, knocked ? 0 : march.Spots[^1] - (strike * Math.Exp(-model.Rate * tau)))
            );
            return march;
        }
    }

    public static string? WithDividend(
        double strike,
        double maturity,
        bool american,
        DividendBlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var kept = 1 - model.Dividend;
        var after = (1 - model.Fraction) * maturity;
        var variance = model.Volatility * model.Volatility;
        var deviation = model.Volatility * Math.Sqrt(maturity);
        var range = UniformRange.Around(
            strike,
            model.Rate,
            maturity,
            kept,
            _ => deviation,
            double.PositiveInfinity,
            spots,
            intervals
        );
        if (
            range.Unresolved(
                strike,
                1,
                kept * Math.Exp(model.Rate * maturity),
                model.Rate,
                deviation,
                variance,
                spots,
                intervals
            ) is
            { } reason
        )
            return reason;

        // If the grid is too coarse for the short period after the dividend, diffusion does not smooth the kink of the
        // payoff.
        var last = model.Volatility * Math.Sqrt(after);
        if (range.Step > 0.7 * strike * last)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the node spacing is {Figure.Of(range.Step / (strike * last), 2)} "
                    + $"times the standard deviation over the period after the dividend, which is too coarse. "
                    + $"Increase the work parameter, or use a graded grid."
            );

        var stepsAfter = Math.Max(4, (int)Math.Round(Steps(intervals) * (1 - model.Fraction)));
        var stepsBefore = Math.Max(4, (int)Math.Round(Steps(intervals) * model.Fraction));
        var march = Payoff(range, strike, model.Rate);
        var top = march.Spots[^1];
        march.March(
            UniformMarch.Equal(0, after, stepsAfter),
            (_, _) => variance,
            true,
            tau => (0, top - (strike * Math.Exp(-model.Rate * tau)))
        );
        Jump(march, strike, kept, american);
        march.March(
            UniformMarch.Equal(after, maturity, stepsBefore),
            (_, _) => variance,
            true,
            tau =>
            {
                var held = (kept * top) - (strike * Math.Exp(-model.Rate * tau));
                return (0, american ? Math.Max(held, top - (strike * Math.Exp(-model.Rate * (tau - after)))) : held);
            }
        );
        Read(march, Quantity.Price, spots, values);
        return null;
    }

    public static int Steps(int intervals) => Math.Max(6, intervals / 4);

    public static string? OnSurface(
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var seen = spots[0];
        var maturity = call.Maturity;
        double Deviation(double s) =>
            Math.Sqrt(
                maturity
                    * Math.Max(
                        model.Variance(seen, s, 0),
                        Math.Max(model.Variance(seen, s, 0.5 * maturity), model.Variance(seen, s, maturity))
                    )
            );
        var range = UniformRange.Around(
            call.Strike,
            model.Rate,
            maturity,
            1,
            Deviation,
            double.PositiveInfinity,
            spots,
            intervals
        );
        var deviation = Deviation(call.Strike);
        var coarse = range.Unresolved(
            call.Strike,
            1,
            Math.Exp(model.Rate * maturity),
            model.Rate,
            deviation,
            deviation * deviation / maturity,
            spots,
            intervals
        );
        if (coarse is { } reason)
            return reason;

        var march = Payoff(range, call.Strike, model.Rate);
        var top = march.Spots[^1];

        // The calendar times are T (1 - k/m)^2, because a surface calibrated to implied variances is smooth only as a
        // function of the square root of calendar time.
        var steps = Steps(intervals);
        var times = new double[steps + 1];
        for (var k = 0; k <= steps; k++)
        {
            var root = 1 - ((double)k / steps);
            times[k] = maturity * (1 - (root * root));
        }

        march.March(
            times,
            (s, tau) => model.Variance(seen, s, Math.Max(0, maturity - tau)),
            false,
            tau => (0, top - (call.Strike * Math.Exp(-model.Rate * tau)))
        );
        Read(march, Quantity.Price, spots, values);
        return null;
    }

    /// <summary>
    /// Samples the payoff and corrects its kink: sampling introduces an error of -step/12 times the jump in the slope
    /// (Kreiss, Thomee and Widlund 1970), and the slope jumps by 1 here.
    /// </summary>
    private static UniformMarch Payoff(in UniformRange range, double strike, double rate)
    {
        var march = new UniformMarch(range.Low, range.Step, range.Nodes, rate);
        for (var j = 0; j < range.Nodes; j++)
            march.Values[j] = Math.Max(0, march.Spots[j] - strike);

        march.Values[range.StrikeNode] = range.Step / 12;
        return march;
    }

    /// <summary>
    /// Replaces the values just after the dividend with those just before it: the value at (1 - D) S or, for an
    /// American call, S - K if that is larger.
    /// </summary>
    private static void Jump(UniformMarch march, double strike, double kept, bool american)
    {
        var before = new double[march.Values.Length];
        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var j = 0; j < before.Length; j++)
        {
            var spot = kept * march.Spots[j];
            var held = spot < march.Spots[0] ? 0 : new GridStencil(march.Spots, spot, weights).Value(march.Values);
            before[j] = american ? Math.Max(held, march.Spots[j] - strike) : held;
        }

        before.CopyTo(march.Values, 0);
    }

    private static void Read(UniformMarch march, Quantity quantity, ReadOnlySpan<double> spots, Span<double> values)
    {
        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var i = 0; i < spots.Length; i++)
        {
            var stencil = new GridStencil(march.Spots, spots[i], weights);
            values[i] = quantity switch
            {
                Quantity.Delta => stencil.Slope(march.Values),
                Quantity.Gamma => stencil.Curvature(march.Values),
                _ => stencil.Value(march.Values),
            };
        }
    }
}
