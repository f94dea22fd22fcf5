using System.Buffers;
using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices European calls under Black-Scholes and local volatility with one backward solve for all spots, or with one
/// solve per spot if the volatility surface depends on the spot.
/// </summary>
internal static class EuropeanCallSolve
{
    /// <summary>
    /// The largest width, in ln F, of the central region of the grid. In a wider region, the nodes would not resolve
    /// prices, which are exponential in ln F.
    /// </summary>
    private const double MaxLayerWidth = 1;

    private const int Interpolation = 8;

    /// <summary>
    /// Above this estimated relative error, the grid does not resolve the price, and the method returns no price.
    /// </summary>
    private const double MaxLoss = 0.05;

    /// <param name="kept">
    /// The fraction of the forward that remains after dividends: 1 - D, or 1 without a dividend.
    /// </param>
    public static string? BlackScholes(
        EuropeanCall call,
        BlackScholes model,
        double kept,
        Quantity quantity,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var growth = kept * Math.Exp(model.Rate * call.Maturity);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var reach = Math.Exp(GridReach.Double(intervals) * deviation);
        var (low, high) = Range(spots, growth, call.Strike);
        if (Unfit(low / reach, high * reach, deviation) is { } unfit)
            return unfit;

        var grid = GridLogSinh.Spanning(
            low / reach,
            call.Strike,
            high * reach,
            Math.Min(deviation, MaxLayerWidth),
            intervals
        );
        if (
            Caps(deviation, high, call.Strike)
            && Math.Log(call.Strike / low) - (0.5 * deviation * deviation) > 2 * deviation
        )
            return "A single solve cannot price all spots accurately enough, because the spots range too far into and "
                + "out of the money or the volatility is too high. Price the spots one at a time, or use a closed "
                + "form.";

        var steps = Steps(intervals);
        foreach (var spot in spots)
        {
            var depth = Math.Max(0, Math.Log(call.Strike / (spot * growth)) / deviation);
            if (
                Unresolved(grid, spot, growth, deviation, depth, intervals, Caps(deviation, high, call.Strike)) is
                { } reason
            )
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var capped = Caps(deviation, high, call.Strike);
        var rented = ArrayPool<double>.Shared.Rent(ForwardMarch.ScratchSize(grid.Count) + spots.Length);
        var march = new ForwardMarch(grid, rented);
        var discount = Math.Exp(-model.Rate * call.Maturity);
        if (quantity == Quantity.Vega)
        {
            var bump = new VolatilityBump(model.Volatility);
            var lower = rented.AsSpan(ForwardMarch.ScratchSize(grid.Count), spots.Length);
            March(march, call.Strike, capped, bump.Down, call.Maturity, steps);
            Read(grid, march, capped, growth, discount, Quantity.Price, spots, lower);
            March(march, call.Strike, capped, bump.Up, call.Maturity, steps);
            Read(grid, march, capped, growth, discount, Quantity.Price, spots, values);
            bump.Differentiate(lower, values);
        }
        else
        {
            March(march, call.Strike, capped, model.Volatility, call.Maturity, steps);
            Read(grid, march, capped, growth, discount, quantity, spots, values);
        }

        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    public static string? OnSurface(
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var growth = Math.Exp(model.Rate * call.Maturity);
        var (low, high) = Range(spots, growth, call.Strike);
        var paths = new SurfaceReach(model, spots[0], call.Maturity);
        var reach = GridReach.Double(intervals);
        var bottom = paths.Travel(low, -reach);
        var top = paths.Travel(high, reach);
        var deviation = paths.Deviation(call.Strike);
        if (Unfit(bottom, top, deviation) is { } unfit)
            return unfit;

        var grid = GridLogSinh.Spanning(bottom, call.Strike, top, deviation, intervals);
        var steps = Steps(intervals) + 1;
        foreach (var spot in spots)
        {
            var here = Math.Min(deviation, paths.Deviation(spot * growth));
            var depth = Math.Max(0, Math.Log(call.Strike / (spot * growth)) / here);
            if (Unresolved(grid, spot, growth, here, depth, intervals) is { } reason)
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var rented = ArrayPool<double>.Shared.Rent(ForwardMarch.ScratchSize(grid.Count));
        var march = new ForwardMarch(grid, rented);
        Payoff(march, call.Strike, false);
        march.March(model, spots[0], call.Maturity, steps);
        Read(grid, march, false, growth, Math.Exp(-model.Rate * call.Maturity), Quantity.Price, spots, values);
        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    public static int Steps(int intervals) => Math.Max(2, (intervals + 2) / 6);

    /// <summary>
    /// Returns null if logarithms and exponentials over the range stay within double precision; otherwise, returns the
    /// reason why the range is unsuitable.
    /// </summary>
    public static string? Unfit(double low, double high, double deviation)
    {
        if (deviation < 1e-8)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The total volatility {deviation:G3} is so small that neighbouring grid prices differ only by "
                    + $"rounding. Use a closed form."
            );

        return low > 1e-140 && high < 1e140
            ? null
            : "The grid would have to extend to prices below 1e-140 or above 1e140. Use a method without a grid.";
    }

    public static string? Unresolved(
        in GridLogSinh grid,
        double spot,
        double growth,
        double deviation,
        double depth,
        int intervals,
        bool capped = false
    )
    {
        var y = grid.CoordinateOf(spot * growth);
        var spacing = grid.Width * Math.Cosh(y) * grid.Step / deviation;
        if (!capped && spacing * deviation > 0.8)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, neighbouring nodes around S={spot:R} differ by a factor of "
                    + $"{Figure.Of(Math.Exp(spacing * deviation), 1)}, which is too coarse. Increase the work "
                    + $"parameter."
            );

        // In the money, the error is small relative to the value, so the spacing may grow; at and out of the money, it
        // may not.
        var loss = GridReach.FourthOrderLoss(depth, depth > 0 ? spacing : grid.Width * grid.Step / deviation);
        return loss <= MaxLoss
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the nodes around S={spot:R}, which is {Figure.Of(depth, 1)} standard "
                    + $"deviations out of the money, are {Figure.Of(spacing, 2)} standard deviations apart. This is "
                    + $"too coarse to resolve the price. Increase the work parameter."
            );
    }

    /// <param name="capped">
    /// True if the grid contains min(F, K) = F - call, false if it contains the call value.
    /// </param>
    public static void Read(
        in GridLogSinh grid,
        in ForwardMarch march,
        bool capped,
        double growth,
        double discount,
        Quantity quantity,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var nodes = march.Coordinates();
        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var i = 0; i < spots.Length; i++)
        {
            var forward = spots[i] * growth;
            var y = grid.CoordinateOf(forward);
            var stencil = new GridStencil(nodes, y, weights);
            if (quantity == Quantity.Price)
            {
                var held = stencil.Value(march.Values);
                values[i] = discount * (capped ? forward - held : held);
                continue;
            }

            // V_F = V_y / F' and V_FF = (V_y / F')_y / F' with F' = F x', F''/F' = x' + x''/x' and x = ln F.
            var tilt = grid.Width * Math.Cosh(y);
            var slope = forward * tilt;
            var first = stencil.Slope(march.Values);
            double sign = capped ? -1 : 1;
            values[i] =
                quantity == Quantity.Delta
                    ? discount * growth * ((capped ? 1 : 0) + (sign * first / slope))
                    : sign
                        * discount
                        * growth
                        * growth
                        * (stencil.Curvature(march.Values) - (first * (tilt + Math.Tanh(y))))
                        / (slope * slope);
        }
    }

    public static void Payoff(in ForwardMarch march, double strike, bool capped)
    {
        for (var j = 0; j < march.Values.Length; j++)
        {
            var price = march.Prices[j];
            march.Values[j] = capped ? Math.Min(price, strike) : Math.Max(price - strike, 0);
        }

        march.SmoothKink(capped ? -1 : 1);
    }

    /// <summary>
    /// Far in the money and at large volatilities, the value of a call is close to the forward price, which is
    /// exponential in the grid coordinate, so coarse nodes do not resolve it. In that case the grid contains F - call =
    /// E[min(F_T, K)] instead, which is bounded.
    /// </summary>
    private static bool Caps(double deviation, double highest, double strike) =>
        deviation > 1 || highest > strike * Math.E * Math.Exp(4 * deviation);

    private static void March(
        in ForwardMarch march,
        double strike,
        bool capped,
        double volatility,
        double maturity,
        int steps
    )
    {
        Payoff(march, strike, capped);
        march.March(volatility, maturity, steps);
    }

    private static (double Low, double High) Range(ReadOnlySpan<double> spots, double growth, double strike)
    {
        var low = strike;
        var high = strike;
        foreach (var spot in spots)
        {
            low = Math.Min(low, spot * growth);
            high = Math.Max(high, spot * growth);
        }

        return (low, high);
    }
}
