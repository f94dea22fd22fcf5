using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.ClosedForm;

/// <summary>
/// Prices the up-and-out call by the method of images: V(S) = W(S) - (S/B)^p W(B^2/S) with p = 1 - 2r/sigma^2, where W
/// is the value of (S - K)^+ paid only if S ends below the barrier at maturity.
/// </summary>
/// <remarks>
/// W is the difference of two Black terms, at K and at B. Deep in the money, the difference of the small complements of
/// these terms is used instead. The image's weight (S/B)^p overflows for small volatilities (p = -1999 in set II), so
/// its logarithm is added to the exponent of the normal density instead.
/// </remarks>
internal static class Reflection
{
    public static void Price(ReadOnlySpan<double> spots, UpAndOutCall call, BlackScholes model, Span<double> values)
    {
        var discount = Math.Exp(-model.Rate * call.Maturity);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var power = 1 - (2 * model.Rate / (model.Volatility * model.Volatility));
        var v = Vector256.Create(deviation);
        var strike = Vector256.Create(call.Strike * discount);
        var barrier = Vector256.Create(call.Barrier);
        var discountedBarrier = Vector256.Create(call.Barrier * discount);
        var toBarrier = Vector256.Create(Math.Log(call.Barrier / call.Strike));
        for (var i = 0; i < spots.Length; i += Lanes.Count)
        {
            var spot = Lanes.Load(spots, i);
            var logRatio = Vector256.Log(spot / barrier);
            var image = barrier * (barrier / spot);
            var drift = Vector256.Create(model.Rate * call.Maturity);
            var direct = BelowBarrier(
                spot,
                logRatio + drift,
                toBarrier,
                strike,
                discountedBarrier,
                v,
                Vector256<double>.Zero
            );
            var mirrored = BelowBarrier(
                image,
                drift - logRatio,
                toBarrier,
                strike,
                discountedBarrier,
                v,
                Vector256.Create(power) * logRatio
            );
            Lanes.Store(Vector256.Max(direct - mirrored, Vector256<double>.Zero), values, i);
        }
    }

    /// <summary>Computes e^weight * W. <paramref name="forwardLog"/> is ln(A e^{rT}/B).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> BelowBarrier(
        Vector256<double> asset,
        Vector256<double> forwardLog,
        Vector256<double> toBarrier,
        Vector256<double> strike,
        Vector256<double> discountedBarrier,
        Vector256<double> v,
        Vector256<double> weight
    )
    {
        var half = Vector256.Create(0.5) * v;
        var atBarrier1 = (forwardLog / v) + half;
        var atStrike1 = ((forwardLog + toBarrier) / v) + half;
        var atBarrier2 = atBarrier1 - v;
        var atStrike2 = atStrike1 - v;

        // The mass at each end is e^w A n(d1), which equals e^w K' n(d2) at the strike and e^w B' n(d2) at the barrier.
        var scale = Vector256.Create(Normal.InverseRootTwoPi) * asset;
        var massStrike = scale * Normal.ExpMinusHalfSquare(atStrike1, weight);
        var massBarrier = scale * Normal.ExpMinusHalfSquare(atBarrier1, weight);

        // The difference of N(d2) is multiplied by K', so both masses must be e^w K' n(d2). At the barrier, massBarrier
        // is e^w B' n(d2), which is scaled by K'/B'.
        var whole = Vector256.Exp(weight);
        var received = Between(atBarrier1, atStrike1, massBarrier, massStrike, whole * asset);
        var paid = Between(
            atBarrier2,
            atStrike2,
            massBarrier * (strike / discountedBarrier),
            massStrike,
            whole * strike
        );
        return received - paid;
    }

    /// <summary>
    /// Computes <paramref name="total"/> * (N(<paramref name="high"/>) - N(<paramref name="low"/>)), where N is the
    /// normal distribution function. Each mass is <paramref name="total"/> times the normal density at that end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Between(
        Vector256<double> low,
        Vector256<double> high,
        Vector256<double> massLow,
        Vector256<double> massHigh,
        Vector256<double> total
    )
    {
        var zero = Vector256<double>.Zero;
        var tailLow = massLow * Normal.Mills(Vector256.Abs(low));
        var tailHigh = massHigh * Normal.Mills(Vector256.Abs(high));
        var bothAbove = tailLow - tailHigh;
        var bothBelow = tailHigh - tailLow;
        var around = total - tailLow - tailHigh;
        var lowIsAbove = Vector256.GreaterThan(low, zero);
        return Vector256.ConditionalSelect(
            lowIsAbove,
            bothAbove,
            Vector256.ConditionalSelect(Vector256.GreaterThan(high, zero), around, bothBelow)
        );
    }
}
