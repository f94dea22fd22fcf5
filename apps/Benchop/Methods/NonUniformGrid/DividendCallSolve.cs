using System.Buffers;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices American calls with one proportional dividend. For r >= 0, exercise pays only just before the dividend. The
/// solver therefore steps back to the dividend, finds the spot S* above which exercise is better, and continues from
/// max(S - K, continuation value) on a second grid centred on that kink.
/// </summary>
internal static class DividendCallSolve
{
    private const int Interpolation = 8;

    public static string? Price(
        AmericanCall call,
        DividendBlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var kept = 1 - model.Dividend;
        var before = model.Fraction * call.Maturity;
        var after = call.Maturity - before;
        var european = new EuropeanCall(call.Strike, call.Maturity);
        var black = new BlackScholes(model.Rate, model.Volatility);
        var deviation = model.Volatility * Math.Sqrt(after);
        var growthAfter = kept * Math.Exp(model.Rate * after);
        var reach = Math.Exp(GridReach.Single(intervals) * deviation);
        if (EuropeanCallSolve.Unfit(call.Strike / reach, call.Strike * reach, deviation) is { } unfit)
            return unfit;

        var first = GridLogSinh.Spanning(call.Strike / reach, call.Strike, call.Strike * reach, deviation, intervals);
        var rented = ArrayPool<double>.Shared.Rent(2 * ForwardMarch.ScratchSize(intervals + 1));
        var held = new ForwardMarch(first, rented.AsSpan(0, ForwardMarch.ScratchSize(intervals + 1)));
        EuropeanCallSolve.Payoff(held, call.Strike, false);
        held.March(model.Volatility, after, EuropeanCallSolve.Steps(intervals));
        var continuation = new Continuation(first, held, growthAfter, Math.Exp(-model.Rate * after), call.Strike);

        string? refusal;
        var critical = Critical(continuation, call.Strike, call.Strike * reach / growthAfter);
        var total = model.Volatility * Math.Sqrt(before);
        var growth = Math.Exp(model.Rate * before);
        var highest = call.Strike;
        var lowest = call.Strike;
        foreach (var spot in spots)
        {
            highest = Math.Max(highest, spot * growth);
            lowest = Math.Min(lowest, spot * growth);
        }

        var far = Math.Exp(GridReach.Single(intervals) * total);

        // A path contributes to the value of a call in proportion to the price that it reaches. Under the measure
        // weighted by that price, the mean of ln S is higher by total^2.
        highest *= far * Math.Exp(total * total);
        refusal =
            critical > highest
                // No significant path reaches the spots where exercise pays.
                ? EuropeanCallSolve.BlackScholes(european, black, kept, Quantity.Price, spots, intervals, values)
                : Onward(
                    call,
                    model,
                    continuation,
                    critical,
                    lowest / far,
                    highest,
                    spots,
                    intervals,
                    rented.AsSpan(ForwardMarch.ScratchSize(intervals + 1)),
                    values
                );
        ArrayPool<double>.Shared.Return(rented);
        return refusal;
    }

    private static string? Onward(
        AmericanCall call,
        DividendBlackScholes model,
        in Continuation continuation,
        double critical,
        double low,
        double high,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> scratch,
        Span<double> values
    )
    {
        var before = model.Fraction * call.Maturity;
        var deviation = model.Volatility * Math.Sqrt(before);
        low = Math.Min(low, critical * Math.Exp(-deviation));
        high = Math.Max(high, critical * Math.Exp(deviation));
        if (EuropeanCallSolve.Unfit(low, high, deviation) is { } unfit)
            return unfit;

        var grid = GridLogSinh.Spanning(low, critical, high, deviation, intervals);
        var growth = Math.Exp(model.Rate * before);
        var steps = EuropeanCallSolve.Steps(intervals);
        foreach (var spot in spots)
        {
            var depth = Math.Max(
                0,
                Math.Log(call.Strike / (spot * growth)) / (model.Volatility * Math.Sqrt(call.Maturity))
            );
            if (EuropeanCallSolve.Unresolved(grid, spot, growth, deviation, depth, intervals) is { } reason)
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var march = new ForwardMarch(grid, scratch);
        for (var j = 0; j < grid.Count; j++)
        {
            var spot = march.Prices[j];
            march.Values[j] = j < grid.Below ? continuation.At(spot, out _) : spot - call.Strike;
        }

        _ = continuation.At(critical, out var slope);
        march.SmoothKink(1 - slope);
        march.March(model.Volatility, before, steps);
        EuropeanCallSolve.Read(grid, march, false, growth, 1 / growth, Quantity.Price, spots, values);
        return null;
    }

    /// <summary>
    /// Returns the spot at which S - K equals the continuation value, which may lie beyond <paramref name="end"/>.
    /// Returns infinity if there is no such spot.
    /// </summary>
    private static double Critical(in Continuation continuation, double strike, double end)
    {
        // Beyond the grid, the continuation value is linear and falls below S - K where the two lines cross.
        var low = strike;
        var high = end;
        if (high - strike < continuation.At(high, out _))
            return continuation.LinearCrossing(strike);

        // Newton's method with a bracket: the difference between S - K and the continuation value has a single root, at
        // which it changes from negative to positive.
        var spot = high;
        for (var i = 0; i < 100; i++)
        {
            var gain = spot - strike - continuation.At(spot, out var slope);
            if (gain < 0)
                low = spot;
            else
                high = spot;

            var next = spot - (gain / (1 - slope));
            if (!(next > low && next < high))
                next = 0.5 * (low + high);

            if (Math.Abs(next - spot) <= 1e-12 * spot)
                return next;

            spot = next;
        }

        return spot;
    }

    /// <summary>
    /// The value that a call has just before the dividend if it is not exercised at that time. The value is
    /// interpolated on the first grid. Beyond that grid, the discounted forward intrinsic value is used.
    /// </summary>
    private readonly ref struct Continuation(
        GridLogSinh grid,
        ForwardMarch march,
        double growth,
        double discount,
        double strike
    )
    {
        private readonly ForwardMarch _march = march;
        private readonly ReadOnlySpan<double> _places = march.Coordinates();

        public double At(double spot, out double slope)
        {
            var forward = spot * growth;
            if (forward <= _march.Prices[0] || forward >= _march.Prices[^1])
            {
                slope = forward > strike ? discount * growth : 0;
                return discount * Math.Max(0, forward - strike);
            }

            Span<double> weights = stackalloc double[3 * Interpolation];
            var y = grid.CoordinateOf(forward);
            var stencil = new GridStencil(_places, y, weights);
            slope = discount * growth * stencil.Slope(_march.Values) / (forward * grid.Width * Math.Cosh(y));
            return discount * stencil.Value(_march.Values);
        }

        /// <summary>Solves S - K = discount * (growth * S - strike).</summary>
        public double LinearCrossing(double strikePrice) =>
            discount * growth >= 1 ? double.PositiveInfinity : strikePrice * (1 - discount) / (1 - (discount * growth));
    }
}
