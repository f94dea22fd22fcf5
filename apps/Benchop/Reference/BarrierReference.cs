using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes the up-and-out call in two ways: the integral over the spot at maturity with the probability that a
/// Brownian bridge stays below the barrier, and the claim that pays only below the barrier, minus its value at the
/// first hitting time.
/// </summary>
internal static class BarrierReference
{
    public static ReferenceAnswer Of(Problem problem, UpAndOutCall call, BlackScholes model)
    {
        var count = problem.Points.Count;
        var first = new double[count];
        var second = new double[count];
        for (var i = 0; i < count; i++)
        {
            var spot = problem.Points.Spots[i];
            first[i] = ByBridge(spot, call, model);
            second[i] = ByHittingTime(spot, call, model);
        }

        return ReferenceAnswer.Of(
            "integral over the density of surviving paths",
            first,
            "claim below the barrier less its value at the first hitting time",
            second
        );
    }

    private static double ByBridge(double spot, UpAndOutCall call, BlackScholes model)
    {
        var v = model.Volatility * Math.Sqrt(call.Maturity);
        var drift = (model.Rate * call.Maturity) - (0.5 * v * v);
        var barrier = Math.Log(call.Barrier / spot);
        var from = Math.Max((Math.Log(call.Strike / spot) - drift) / v, -14);
        var to = Math.Min((barrier - drift) / v, Math.Max(from, v) + 14);
        var value = Integral.Expectation(
            z =>
                ((spot * Math.Exp((v * z) + drift)) - call.Strike)
                * -ExpM1(-2 * barrier * (barrier - drift - (v * z)) / (v * v)),
            from,
            to
        );
        return value * Math.Exp(-model.Rate * call.Maturity);
    }

    /// <summary>
    /// V = W(S, T) - int_0^T W(B, T - t) e^{-rt} h(t) dt, where h is the density of the first hitting time and W the
    /// value of (S - K)^+ paid only if S is below B at maturity.
    /// </summary>
    private static double ByHittingTime(double spot, UpAndOutCall call, BlackScholes model)
    {
        var sigma = model.Volatility;
        var distance = Math.Log(call.Barrier / spot);
        var mu = model.Rate - (0.5 * sigma * sigma);

        // The substitution t = T y^2 (3 - 2 y) is flat at both ends, where the hitting density and W(B, T - t), a
        // function of sqrt(T - t), are not smooth functions of t.
        var hit = Integral.Of(
            y =>
            {
                var t = call.Maturity * y * y * (3 - (2 * y));
                var slope = 6 * call.Maturity * y * (1 - y);
                var away = distance - (mu * t);
                var density =
                    distance
                    / (sigma * Math.Sqrt(2 * Math.PI * t) * t)
                    * Math.Exp(-away * away / (2 * sigma * sigma * t));
                return density == 0
                    ? 0
                    : slope * density * Math.Exp(-model.Rate * t) * Below(call.Barrier, call, model, call.Maturity - t);
            },
            0,
            1,
            60
        );
        return Below(spot, call, model, call.Maturity) - hit;
    }

    private static double Below(double spot, UpAndOutCall call, BlackScholes model, double time)
    {
        var v = model.Volatility * Math.Sqrt(time);
        if (v == 0)
            return 0;

        var strike = call.Strike * Math.Exp(-model.Rate * time);
        var barrier = call.Barrier * Math.Exp(-model.Rate * time);
        var gap = (call.Barrier - call.Strike) * Math.Exp(-model.Rate * time);
        var d2 = (Math.Log(spot / barrier) / v) - (0.5 * v);
        return Numerics.Black.Call(spot, strike, v)
            - Numerics.Black.Call(spot, barrier, v)
            - (gap * Numerics.Normal.Cdf(d2));
    }

    /// <summary>e^x - 1 without cancellation near zero (Kahan's quotient).</summary>
    private static double ExpM1(double x)
    {
        var e = Math.Exp(x);
        var rest = e - 1;
        return rest == 0 ? x
            : rest <= -1 ? -1
            : rest * x / Math.Log(e);
    }
}
