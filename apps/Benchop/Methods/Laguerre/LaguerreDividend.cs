using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// The American call with one proportional dividend. Above the critical spot before the dividend it is exercised, below it the European option goes on, so its
/// value is (1 - D) S - K e^{-rT}, plus two probabilities for D S less the interest on K, plus the put paid only on paths that were below. That last one is a
/// function of two levels, inverted from its two-dimensional transform; all integrals by Gauss-Laguerre.
/// </summary>
/// <remarks>
/// With X the log-return to the dividend, Y = X + X' that to maturity, the transform of E[(e^k - e^Y)^+ 1{X &lt;= b}] in (k, b) with dampings -p, -q is
/// f(s - i(1 - p - q)) f'(u - i(1 - p))/((p - 1 - iu)(p - iu)(q - iw)), s = u + w. In (u, s) the two laws separate, s runs over the half line and u over both.
/// The critical spot is the root of an equation in European prices.
/// </remarks>
internal static class LaguerreDividend
{
    public static string? Price(ReadOnlySpan<double> spots, AmericanCall call, DividendBlackScholes model, int work, Span<double> values)
    {
        double before = model.Fraction * call.Maturity;
        double after = call.Maturity - before;
        double deviation = model.Volatility * Math.Sqrt(before);
        double deviationAfter = model.Volatility * Math.Sqrt(after);
        double strikeAfter = call.Strike * Math.Exp(-model.Rate * after);
        double critical = DividendExercise.CriticalSpot(call.Strike, strikeAfter, 1 - model.Dividend, deviationAfter);
        double strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        var grid = new LaguerrePlane(deviation, deviationAfter, work);
        LaguerreNormal normal = LaguerreNormal.Of(work);
        for (int i = 0; i < spots.Length; i++)
        {
            double asset = (1 - model.Dividend) * spots[i];
            double k = Math.Log(strike / asset);

            // ln(critical / forward at the dividend), capped where no path that counts is left above it.
            double b = Math.Min(Math.Log(critical / spots[i]) - (model.Rate * before), 12 * deviation);
            double above = b / deviation;
            double exercised = (model.Dividend * spots[i] * normal.Cdf((0.5 * deviation) - above))
                - (((call.Strike * Math.Exp(-model.Rate * before)) - strike) * normal.Cdf((-0.5 * deviation) - above));
            values[i] = asset - strike + exercised + (asset * grid.PutBelow(k, b));
        }

        return null;
    }
}
