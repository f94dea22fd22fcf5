using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes the American call with one proportional dividend in two ways: in closed form with the bivariate normal
/// distribution (a compound option), and as the integral of the larger of exercise value and continuation value just
/// before the dividend, split where these values cross.
/// </summary>
internal static class DividendReference
{
    public static ReferenceAnswer Of(Problem problem, AmericanCall call, DividendBlackScholes model)
    {
        var before = model.Fraction * call.Maturity;
        var after = call.Maturity - before;
        var v = model.Volatility * Math.Sqrt(before);
        var w = model.Volatility * Math.Sqrt(after);
        var both = Math.Sqrt((v * v) + (w * w));
        var kept = 1 - model.Dividend;
        var discount = Math.Exp(-model.Rate * before);
        var strikeAfter = call.Strike * Math.Exp(-model.Rate * after);
        var critical = Crossing(call.Strike, strikeAfter, kept, w);
        var count = problem.Points.Count;
        var first = new double[count];
        var second = new double[count];
        for (var i = 0; i < count; i++)
        {
            var spot = problem.Points.Spots[i];
            var d2 = double.IsInfinity(critical) ? -40 : (Math.Log(spot / (critical * discount)) / v) - (0.5 * v);
            var e2 = (Math.Log(kept * spot / (strikeAfter * discount)) / both) - (0.5 * both);
            var rho = -v / both;
            first[i] =
                (spot * Normal.Cdf(d2 + v))
                - (call.Strike * discount * Normal.Cdf(d2))
                + (kept * spot * BivariateNormal.Cdf(-d2 - v, e2 + both, rho))
                - (strikeAfter * discount * BivariateNormal.Cdf(-d2, e2, rho));
            var z = Math.Clamp(-d2, -14, 14);
            second[i] =
                discount
                * (
                    Integral.Expectation(x => kept == 0 ? 0 : Black.Call(kept * At(spot, x), strikeAfter, w), -14, z)
                    + Integral.Expectation(x => At(spot, x) - call.Strike, z, 14 + v)
                );
        }

        return ReferenceAnswer.Of(
            "compound option formula with the bivariate normal distribution",
            first,
            "integral over the spot before the dividend",
            second
        );

        double At(double spot, double z) => spot / discount * Math.Exp((v * z) - (0.5 * v * v));
    }

    private static double Crossing(double strike, double strikeAfter, double kept, double w)
    {
        if (kept >= 1)
            return double.PositiveInfinity;

        var low = strike;
        var high = 2 * Math.Max(strike, (strike - strikeAfter) / (1 - kept));
        while (high - strike < Black.Call(kept * high, strikeAfter, w))
            high *= 2;

        for (var i = 0; i < 200 && high > low; i++)
        {
            var middle = 0.5 * (low + high);
            (low, high) = middle - strike < Black.Call(kept * middle, strikeAfter, w) ? (middle, high) : (low, middle);
        }

        return 0.5 * (low + high);
    }
}
