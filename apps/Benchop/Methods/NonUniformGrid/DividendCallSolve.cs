using System.Buffers;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// American calls with one proportional dividend. While r >= 0 exercise pays only just before the dividend: march back
/// to it, find the
/// spot S* above which exercise is better, then march on from max(S - K, continuation) on a second grid whose centre is
/// that kink.
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
        double kept = 1 - model.Dividend;
        double before = model.Fraction * call.Maturity;
        double after = call.Maturity - before;
        var european = new EuropeanCall(call.Strike, call.Maturity);
        var black = new BlackScholes(model.Rate, model.Volatility);
        double deviation = model.Volatility * Math.Sqrt(after);
        double growthAfter = kept * Math.Exp(model.Rate * after);
        double reach = Math.Exp(GridReach.Single(intervals) * deviation);
        if (EuropeanCallSolve.Unfit(call.Strike / reach, call.Strike * reach, deviation) is { } unfit)
        {
            return unfit;
        }

        GridLogSinh first = GridLogSinh.Spanning(
            call.Strike / reach,
            call.Strike,
            call.Strike * reach,
            deviation,
            intervals
        );
        double[] rented = ArrayPool<double>.Shared.Rent(2 * ForwardMarch.RoomFor(intervals + 1));
        var held = new ForwardMarch(first, rented.AsSpan(0, ForwardMarch.RoomFor(intervals + 1)));
        EuropeanCallSolve.Payoff(held, call.Strike, false);
        held.March(model.Volatility, after, EuropeanCallSolve.Steps(intervals));
        var continuation = new Continuation(first, held, growthAfter, Math.Exp(-model.Rate * after), call.Strike);

        string? refusal;
        double critical = Critical(continuation, call.Strike, call.Strike * reach / growthAfter);
        double total = model.Volatility * Math.Sqrt(before);
        double growth = Math.Exp(model.Rate * before);
        double highest = call.Strike;
        double lowest = call.Strike;
        foreach (double spot in spots)
        {
            highest = Math.Max(highest, spot * growth);
            lowest = Math.Min(lowest, spot * growth);
        }

        double far = Math.Exp(GridReach.Single(intervals) * total);

        // A call's weight is the paths' times the price they reach: that law lies total^2 higher.
        highest *= far * Math.Exp(total * total);
        refusal =
            critical > highest
                // No path of weight gets where exercise pays.
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
                    rented.AsSpan(ForwardMarch.RoomFor(intervals + 1)),
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
        Span<double> room,
        Span<double> values
    )
    {
        double before = model.Fraction * call.Maturity;
        double deviation = model.Volatility * Math.Sqrt(before);
        low = Math.Min(low, critical * Math.Exp(-deviation));
        high = Math.Max(high, critical * Math.Exp(deviation));
        if (EuropeanCallSolve.Unfit(low, high, deviation) is { } unfit)
        {
            return unfit;
        }

        GridLogSinh grid = GridLogSinh.Spanning(low, critical, high, deviation, intervals);
        double growth = Math.Exp(model.Rate * before);
        int steps = EuropeanCallSolve.Steps(intervals);
        foreach (double spot in spots)
        {
            double depth = Math.Max(
                0,
                Math.Log(call.Strike / (spot * growth)) / (model.Volatility * Math.Sqrt(call.Maturity))
            );
            if (EuropeanCallSolve.Unresolved(grid, spot, growth, deviation, depth, intervals) is { } reason)
            {
                return reason;
            }

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var march = new ForwardMarch(grid, room);
        for (int j = 0; j < grid.Count; j++)
        {
            double spot = march.Prices[j];
            march.Values[j] = j < grid.Below ? continuation.At(spot, out _) : spot - call.Strike;
        }

        _ = continuation.At(critical, out double slope);
        march.SmoothKink(1 - slope);
        march.March(model.Volatility, before, steps);
        EuropeanCallSolve.Read(grid, march, false, growth, 1 / growth, Quantity.Price, spots, values);
        return null;
    }

    /// <summary>
    /// Where S - K meets the continuation value; infinity when it does not up to <paramref name="end"/> and beyond.
    /// </summary>
    private static double Critical(in Continuation continuation, double strike, double end)
    {
        // Beyond the grid the continuation is linear, below S - K exactly from the crossing of the two lines on.
        double low = strike;
        double high = end;
        if (high - strike < continuation.At(high, out _))
        {
            return continuation.LinearCrossing(strike);
        }

        // Newton within a bracket: S - K - continuation rises through zero once.
        double spot = high;
        for (int i = 0; i < 100; i++)
        {
            double gain = spot - strike - continuation.At(spot, out double slope);
            if (gain < 0)
            {
                low = spot;
            }
            else
            {
                high = spot;
            }

            double next = spot - (gain / (1 - slope));
            if (!(next > low && next < high))
            {
                next = 0.5 * (low + high);
            }

            if (Math.Abs(next - spot) <= 1e-12 * spot)
            {
                return next;
            }

            spot = next;
        }

        return spot;
    }

    /// <summary>
    /// The value just before the dividend of keeping the call, from the first grid; the forward intrinsic value beyond
    /// it.
    /// </summary>
    private readonly ref struct Continuation(
        GridLogSinh grid,
        ForwardMarch march,
        double growth,
        double discount,
        double strike
    )
    {
        private readonly ForwardMarch march = march;
        private readonly ReadOnlySpan<double> places = march.Places();

        public double At(double spot, out double slope)
        {
            double forward = spot * growth;
            if (forward <= march.Prices[0] || forward >= march.Prices[^1])
            {
                slope = forward > strike ? discount * growth : 0;
                return discount * Math.Max(0, forward - strike);
            }

            Span<double> weights = stackalloc double[3 * Interpolation];
            double y = grid.PlaceOf(forward);
            var stencil = new GridStencil(places, y, weights);
            slope = discount * growth * stencil.Slope(march.Values) / (forward * grid.Width * Math.Cosh(y));
            return discount * stencil.Value(march.Values);
        }

        /// <summary>S - K = discount (growth S - strike).</summary>
        public double LinearCrossing(double strikePrice) =>
            discount * growth >= 1 ? double.PositiveInfinity : strikePrice * (1 - discount) / (1 - (discount * growth));
    }
}
