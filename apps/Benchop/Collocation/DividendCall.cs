using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// American calls with one proportional dividend. Exercise is optimal only just before the dividend, so there are two
/// European solves: from maturity to the dividend, with the kink at the strike, and from the dividend to today, with
/// the kink at the price above which the call is exercised.
/// </summary>
internal static class DividendCall
{
    /// <summary>
    /// The shortest period that is allowed before or after the dividend, as a fraction of the life of the option.
    /// </summary>
    private const double MinPeriod = 0.004;

    public static string? Price(
        AmericanCall call,
        DividendBlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        if (LineChecks.Deviation(deviation) is { } unfit)
            return unfit;

        if (!(1 - model.Fraction >= MinPeriod && model.Fraction >= MinPeriod))
            return "The dividend date is too close to the start or the end of the option's life. This method requires "
                + $"a distance of at least {MinPeriod} of the option's life on both sides. Use the 'quadrature' "
                + "method.";

        // All values are functions of F, the forward price of the share including its dividend, in units of the strike.
        // The value of exercising just before the dividend, compounded to maturity, is F - carried.
        var growth = Math.Exp(model.Rate * call.Maturity);
        var kept = 1 - model.Dividend;
        var carried = Math.Exp(model.Rate * (1 - model.Fraction) * call.Maturity);
        var reach = GridReach.Double(intervals);
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            var z = Math.Log(spot * growth / call.Strike) / deviation;
            if (LineChecks.Spot(spot, z) is { } far)
                return far;

            (low, high) = (Math.Min(low, z), Math.Max(high, z));
        }

        var shift = -Math.Log(kept) / deviation;
        var late = Task(low - reach - shift, high + reach + shift, deviation, 1 - model.Fraction) with
        {
            SlopeJump = deviation,
            LayerWidth = Math.Sqrt(1 - model.Fraction),
            Initial = z => Math.Max(0, Math.Exp(deviation * z) - 1),
        };
        if (discretisation.Build(late, intervals) is not { } after)
            return LineSolver.Singular;

        var steps = discretisation.Steps(intervals);
        if (LineSolver.Solve(late, after, steps) is not { } held)
            return LineSolver.Singular;

        var critical = Critical();
        var early = Task(low - reach, high + reach, deviation, model.Fraction);
        early = double.IsFinite(critical)
            ? early with
            {
                Kink = critical,
                High = Math.Max(early.High, critical + reach),
                SlopeJump = (deviation * Math.Exp(deviation * critical)) - HeldSlope(critical),
                LayerWidth = Math.Sqrt(Math.Min(model.Fraction, 1 - model.Fraction)),
                Initial = z => z < critical ? Held(z) : Math.Exp(deviation * z) - carried,
            }
            : early with { LayerWidth = Math.Sqrt(1 - model.Fraction), Initial = Held };
        if (discretisation.Build(early, intervals) is not { } before)
            return LineSolver.Singular;

        foreach (var spot in spots)
        {
            var z = Math.Log(spot * growth / call.Strike) / deviation;
            if (LineChecks.Spacing(before.Nodes, spot, z, discretisation.Order, intervals) is { } coarse)
                return coarse;

            steps = Math.Max(steps, GridReach.StepsFor(Math.Max(0, -z)));
        }

        if (LineSolver.Solve(early, before, steps) is not { } u)
            return LineSolver.Singular;

        var reading = new LineReading(before.Nodes, u, call.Strike, deviation);
        for (var i = 0; i < spots.Length; i++)
            values[i] = call.Strike / growth * reading.At(spots[i] * growth, Quantity.Price);

        return null;

        // The value of not exercising, as a function of the price before the dividend.
        double Held(double z)
        {
            var ex = z - shift;
            if (ex <= after.Nodes[0])
                return 0;

            if (ex >= after.Nodes[^1])
                return Math.Exp(deviation * ex) - 1;

            Span<double> weights = stackalloc double[24];
            return new GridStencil(after.Nodes, ex, weights).Value(held);
        }

        double HeldSlope(double z)
        {
            Span<double> weights = stackalloc double[24];
            return new GridStencil(after.Nodes, z - shift, weights).Slope(held);
        }

        // Finds, by bisection, the price above which exercise is worth more. The result is infinite if the nodes
        // contain no such price.
        double Critical()
        {
            var above = after.Nodes[^1];
            var below = 0.0;
            if (!(Math.Exp(deviation * above) - carried > Held(above)) || shift <= 0)
                return double.PositiveInfinity;

            for (var step = 0; step < 60; step++)
            {
                var middle = 0.5 * (below + above);
                (below, above) =
                    Math.Exp(deviation * middle) - carried < Held(middle) ? (middle, above) : (below, middle);
            }

            return 0.5 * (below + above);
        }
    }

    private static LineTask Task(double low, double high, double deviation, double duration) =>
        new()
        {
            Low = low,
            High = high,
            SlopeJump = 0,
            Duration = duration,
            Initial = _ => 0,
            Coefficients = (_, _, operation) =>
            {
                Array.Fill(operation.Curvature, 0.5);
                Array.Fill(operation.Slope, -0.5 * deviation);
            },
        };
}
