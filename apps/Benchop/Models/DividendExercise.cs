using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>When it pays to exercise an American call just before its one proportional dividend.</summary>
internal static class DividendExercise
{
    /// <summary>
    /// Where S - K equals the call that follows the dividend; infinity when waiting is always better (no dividend, or
    /// one smaller than the
    /// interest on the strike can ever be worth). S - K - C grows in S from below zero, so the root is one and
    /// bisection-guarded Newton finds it.
    /// </summary>
    /// <param name="strikeAfter">The strike discounted from maturity to the dividend.</param>
    /// <param name="kept">1 - D.</param>
    /// <param name="deviation">Of the log-return from the dividend to maturity.</param>
    public static double CriticalSpot(double strike, double strikeAfter, double kept, double deviation)
    {
        if (kept >= 1)
            return double.PositiveInfinity;

        // For large S the call is kept S - K', and S - K wins from (K - K')/(1 - kept) on: the root lies below that or
        // not far above the strike.
        var low = strike;
        var high = Math.Max(strike, (strike - strikeAfter) / (1 - kept)) * 1.0000001;
        while (Excess(high) < 0)
        {
            low = high;
            high *= 1.5;
        }

        var spot = 0.5 * (low + high);
        for (var step = 0; step < 100; step++)
        {
            var excess = Excess(spot);
            (low, high) = excess < 0 ? (spot, high) : (low, spot);
            var slope =
                1
                - (
                    kept
                    * Black
                        .Delta(
                            Vector256.Create(kept * spot),
                            Vector256.Create(strikeAfter),
                            Vector256.Create(deviation)
                        )
                        .ToScalar()
                );
            var next = spot - (excess / slope);
            next = next > low && next < high ? next : 0.5 * (low + high);
            if (Math.Abs(next - spot) <= 4e-16 * spot)
                return next;

            spot = next;
        }

        return spot;

        double Excess(double s) => s - strike - Black.Call(kept * s, strikeAfter, deviation);
    }
}
