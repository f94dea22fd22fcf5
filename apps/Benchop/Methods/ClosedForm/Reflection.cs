using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.ClosedForm;

/// <summary>
/// The up-and-out call by the method of images: V(S) = W(S) - (S/B)^p W(B^2/S), p = 1 - 2r/sigma^2, where W is the
/// value of
/// (S - K)^+ paid only below the barrier at maturity.
/// </summary>
/// <remarks>
/// W is a difference of two Black terms, at K and at B. When both lie deep in the money the difference is taken of
/// their small complements, and
/// the image's weight (S/B)^p, which overflows for small volatilities (p = -1999 in set II), enters the exponent of the
/// normal density
/// instead of multiplying it.
/// </remarks>
internal static class Reflection
{
    public static void Price(ReadOnlySpan<double> spots, UpAndOutCall call, BlackScholes model, Span<double> values)
    {
        double discount = Math.Exp(-model.Rate * call.Maturity);
        double deviation = model.Volatility * Math.Sqrt(call.Maturity);
        double power = 1 - (2 * model.Rate / (model.Volatility * model.Volatility));
        Vector256<double> v = Vector256.Create(deviation);
        Vector256<double> strike = Vector256.Create(call.Strike * discount);
        Vector256<double> barrier = Vector256.Create(call.Barrier);
        Vector256<double> discountedBarrier = Vector256.Create(call.Barrier * discount);
        Vector256<double> toBarrier = Vector256.Create(Math.Log(call.Barrier / call.Strike));
        for (int i = 0; i < spots.Length; i += Lanes.Count)
        {
            Vector256<double> spot = Lanes.Load(spots, i);
            Vector256<double> logRatio = Vector256.Log(spot / barrier);
            Vector256<double> image = barrier * (barrier / spot);
            Vector256<double> drift = Vector256.Create(model.Rate * call.Maturity);
            Vector256<double> direct = BelowBarrier(
                spot,
                logRatio + drift,
                toBarrier,
                strike,
                discountedBarrier,
                v,
                Vector256<double>.Zero
            );
            Vector256<double> mirrored = BelowBarrier(
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

    /// <summary>e^weight times W. <paramref name="forwardLog"/> is ln(A e^{rT}/B).</summary>
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
        Vector256<double> half = Vector256.Create(0.5) * v;
        Vector256<double> atBarrier1 = (forwardLog / v) + half;
        Vector256<double> atStrike1 = ((forwardLog + toBarrier) / v) + half;
        Vector256<double> atBarrier2 = atBarrier1 - v;
        Vector256<double> atStrike2 = atStrike1 - v;

        // The masses are e^w A n(d1): at the strike it equals e^w K' n(d2), at the barrier e^w B' n(d2).
        Vector256<double> scale = Vector256.Create(0.39894228040143267794) * asset;
        Vector256<double> massStrike = scale * Normal.ExpMinusHalfSquare(atStrike1, weight);
        Vector256<double> massBarrier = scale * Normal.ExpMinusHalfSquare(atBarrier1, weight);

        // B' n(d2) is the barrier's mass; what is paid below the barrier is K', so the second difference carries K'/B'.
        Vector256<double> whole = Vector256.Exp(weight);
        Vector256<double> received = Between(atBarrier1, atStrike1, massBarrier, massStrike, whole * asset);
        Vector256<double> paid = Between(
            atBarrier2,
            atStrike2,
            massBarrier * (strike / discountedBarrier),
            massStrike,
            whole * strike
        );
        return received - paid;
    }

    /// <summary>total (N(high) - N(low)), where mass is total times the normal density at each end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Between(
        Vector256<double> low,
        Vector256<double> high,
        Vector256<double> massLow,
        Vector256<double> massHigh,
        Vector256<double> total
    )
    {
        Vector256<double> zero = Vector256<double>.Zero;
        Vector256<double> tailLow = massLow * Normal.Mills(Vector256.Abs(low));
        Vector256<double> tailHigh = massHigh * Normal.Mills(Vector256.Abs(high));
        Vector256<double> bothAbove = tailLow - tailHigh;
        Vector256<double> bothBelow = tailHigh - tailLow;
        Vector256<double> around = total - tailLow - tailHigh;
        Vector256<double> lowIsAbove = Vector256.GreaterThan(low, zero);
        return Vector256.ConditionalSelect(
            lowIsAbove,
            bothAbove,
            Vector256.ConditionalSelect(Vector256.GreaterThan(high, zero), around, bothBelow)
        );
    }
}
