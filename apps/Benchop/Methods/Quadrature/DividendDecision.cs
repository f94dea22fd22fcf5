using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// Prices the American call with one proportional dividend. If the rate is not negative, exercise pays only just before
/// the dividend, so the price is a single expectation over the spot at that time. Above the critical spot the call is
/// exercised (closed form); below it the European call continues. The integral of the European call against the normal
/// density has a smooth integrand up to the critical spot and is computed by Gauss-Legendre quadrature.
/// </summary>
internal static class DividendDecision
{
    // The probability beyond 7.5 standard deviations is 3e-14 on each side; a wider range would only increase the
    // distance between the nodes.
    private const double Reach = 7.5;

    public const int MaxNodes = 1024;

    public static string? Price(
        ReadOnlySpan<double> spots,
        AmericanCall call,
        DividendBlackScholes model,
        int nodes,
        Span<double> values
    )
    {
        var before = model.Fraction * call.Maturity;
        var after = call.Maturity - before;
        var deviation = model.Volatility * Math.Sqrt(before);
        var deviationAfter = model.Volatility * Math.Sqrt(after);
        var discount = Math.Exp(-model.Rate * before);
        var strikeAfter = call.Strike * Math.Exp(-model.Rate * after);
        var critical = DividendExercise.CriticalSpot(call.Strike, strikeAfter, 1 - model.Dividend, deviationAfter);
        var rule = GaussLegendre.Of(nodes);
        for (var i = 0; i < spots.Length; i++)
        {
            Cancellation.CheckAt(i);
            // ln of the spot at the dividend is centre + deviation * z, with z standard normal.
            var centre = Math.Log(spots[i]) - (0.5 * deviation * deviation) + (model.Rate * before);
            var z = double.IsFinite(critical)
                ? Math.Clamp((Math.Log(critical) - centre) / deviation, -Reach, Reach)
                : Reach;
            var exercised = (spots[i] * Normal.Cdf(deviation - z)) - (call.Strike * discount * Normal.Cdf(-z));
            values[i] =
                exercised
                + (discount * Continued(centre, deviation, z, 1 - model.Dividend, strikeAfter, deviationAfter, rule));
        }

        return null;
    }

    private static double Continued(
        double centre,
        double deviation,
        double z,
        double kept,
        double strike,
        double deviationAfter,
        GaussLegendre rule
    )
    {
        var half = 0.5 * (z + Reach);
        var middle = 0.5 * (z - Reach);
        var sum = Vector256<double>.Zero;
        var paid = Vector256.Create(strike);
        var v = Vector256.Create(deviationAfter);
        var whole = rule.Nodes.Length / Lanes.Count * Lanes.Count;
        for (var j = 0; j < whole; j += Lanes.Count)
            sum += Vector256.Create(rule.Weights[j..]) * Term(Vector256.Create(rule.Nodes[j..]));

        double rest = 0;
        for (var j = whole; j < rule.Nodes.Length; j++)
            rest += rule.Weights[j] * Term(Vector256.Create(rule.Nodes[j])).ToScalar();

        return half * (Vector256.Sum(sum) + rest);

        Vector256<double> Term(Vector256<double> node)
        {
            var x = Vector256.Create(middle) + (Vector256.Create(half) * node);
            var spot =
                Vector256.Create(kept) * Vector256.Exp(Vector256.Create(centre) + (Vector256.Create(deviation) * x));
            return Normal.Density(x) * Black.Call(spot, paid, v);
        }
    }
}
