using System.Buffers;
using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices up-and-out calls on a grid that ends on the barrier. In x = ln S, the substitution U = exp(-m x / sigma^2 -
/// (r + m^2 / 2 sigma^2) tau) V with m = r - sigma^2/2 results in V_tau = 1/2 sigma^2 V_xx with V = 0 on the barrier,
/// which is the form that the fourth-order scheme requires.
/// </summary>
internal static class BarrierCallSolve
{
    public static string? Price(
        UpAndOutCall call,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var variance = model.Volatility * model.Volatility;
        var drift = model.Rate - (0.5 * variance);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var reach = GridReach.Single(intervals) * deviation;
        var high = call.Strike;
        var low = call.Strike;
        foreach (var spot in spots)
        {
            high = Math.Max(high, spot);
            low = Math.Min(low, spot);
        }

        // A path that ends near the strike starts near the strike shifted back by the drift. Every path that
        // contributes noticeably to the price stays within this reach of one of these two points.
        var carried = drift * call.Maturity;
        if (Math.Log(call.Barrier / high) > reach + Math.Max(0, carried))
            return EuropeanCallSolve.BlackScholes(
                new EuropeanCall(call.Strike, call.Maturity),
                model,
                1,
                Quantity.Price,
                spots,
                intervals,
                values
            );

        low *= Math.Exp(-reach - Math.Abs(carried));
        if (EuropeanCallSolve.Unfit(low, call.Barrier, deviation) is { } unfit)
            return unfit;

        var tilt = drift / variance;
        var grid = GridLogSinh.Ending(low, call.Strike, call.Barrier, deviation, intervals);
        if (grid.Below * grid.Step < -0.9 * grid.CoordinateOf(low))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, at least four of which must lie between strike and barrier, the grid "
                    + $"does not extend down to S={low:G6}. Increase the work parameter."
            );

        if (Math.Abs(tilt) * Math.Log(call.Barrier / low) > 600)
            return "The drift is so large relative to the volatility that the transformed values exceed double "
                + "precision. Use a larger sigma or a closed form.";

        var steps = EuropeanCallSolve.Steps(intervals) + 1;
        foreach (var spot in spots)
        {
            // The frequency that determines the value increases with the distance out of the money, and also with the
            // tilt.
            var depth = (Math.Max(0, Math.Log(call.Strike / spot)) + Math.Abs(carried)) / deviation;
            if (EuropeanCallSolve.Unresolved(grid, spot, 1, deviation, depth, intervals) is { } reason)
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var rented = ArrayPool<double>.Shared.Rent(ForwardMarch.ScratchSize(grid.Count));
        var march = ForwardMarch.Driftless(grid, rented);
        Payoff(march, grid, call, tilt);
        march.March(model.Volatility, call.Maturity, steps);
        Read(march, grid, call, tilt, Math.Exp(-(model.Rate + (0.5 * drift * tilt)) * call.Maturity), spots, values);
        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    private static void Payoff(in ForwardMarch march, in GridLogSinh grid, UpAndOutCall call, double tilt)
    {
        var last = grid.Count - 1;
        var v = march.Values;
        for (var j = 0; j < last; j++)
            v[j] =
                Math.Max(march.Prices[j] - call.Strike, 0) * Math.Exp(tilt * Math.Log(march.Prices[j] / call.Strike));

        // As a function of x, the payoff has a jump of K in its slope.
        march.SmoothKink(call.Strike);

        // On the barrier the payoff drops to zero. The odd continuation of the payoff jumps there by twice the limit of
        // the payoff, and sampling aliases the jump into a dipole of [jump] h^2 / 12. Adding one twelfth of the limit
        // to the neighbouring node compensates for the dipole (as SmoothKink does for a jump in slope). Because
        // diffusion conserves the sum of metric * W, with metric = 2 * scale^4 and V = scale * W, the correction is
        // multiplied by the cube of the ratio of the scales.
        var limit = (call.Barrier - call.Strike) * Math.Pow(call.Barrier / call.Strike, tilt);
        var ratio = march.Scale[last] / march.Scale[last - 1];
        v[last] = 0;
        v[last - 1] += limit / 12 * ratio * ratio * ratio;
    }

    private static void Read(
        in ForwardMarch march,
        in GridLogSinh grid,
        UpAndOutCall call,
        double tilt,
        double factor,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var nodes = march.Coordinates();
        Span<double> weights = stackalloc double[18];
        for (var i = 0; i < spots.Length; i++)
        {
            var stencil = new GridStencil(nodes, grid.CoordinateOf(spots[i]), weights);
            values[i] = factor * Math.Pow(call.Strike / spots[i], tilt) * stencil.Value(march.Values);
        }
    }
}
