using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>Determines when to exercise an American call just before its single proportional dividend.</summary>
internal static class DividendExercise
{
    /// <summary>
    /// Returns the spot at which S - K equals the value C of the call after the dividend, or infinity if early exercise
    /// is never optimal (because there is no dividend, or because at every spot the dividend is worth less than the
    /// interest on the strike). S - K - C is negative for small S and increases with S, so the root is unique. It is
    /// found by Newton's method, safeguarded by bisection.
    /// </summary>
    /// <param name="strikeAfter">The strike discounted from maturity to the dividend.</param>
    /// <param name="kept">1 - D.</param>
    /// <param name="deviation">Standard deviation of the log-return from the dividend to maturity.</param>
    public static double CriticalSpot(double strike, double strikeAfter, double kept, double deviation)
    {
        if (kept >= 1)
            return double.PositiveInfinity;

        // For large S the call is worth kept * S - K', which is less than S - K if S exceeds (K - K')/(1 - kept). The
        // root lies below that spot, or slightly above the strike.
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
