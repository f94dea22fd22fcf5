using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// Prices the American call with one proportional dividend. If the spot just before the dividend exceeds the critical
/// spot, the call is exercised; otherwise, it continues as a European call. The price is (1 - D) S - K e^{-rT}, plus D
/// S minus the interest on K where the call is exercised (two probabilities), plus a put that is paid only on paths
/// that were below the critical spot. The value of that put is a function of two levels and is obtained by inverting
/// its two-dimensional transform. All integrals use Gauss-Laguerre quadrature.
/// </summary>
/// <remarks>
/// Let X be the log-return to the dividend and Y = X + X' the log-return to maturity. The transform of E[(e^k - e^Y)^+
/// 1{X &lt;= b}] in (k, b) with dampings -p, -q is f(s - i(1 - p - q)) f'(u - i(1 - p))/((p - 1 - iu)(p - iu)(q - iw)),
/// s = u + w. In the variables (u, s), the two distributions separate; s ranges over the half line and u over the whole
/// line. The critical spot is the root of an equation in European prices.
/// </remarks>
internal static class LaguerreDividend
{
    // If a level is this many standard deviations away, the outcome is treated as certain, because the probability
    // beyond the level is 4e-11.
    private const double Certain = 6.5;

    /// <summary>The number of nodes that are needed to resolve the oscillation caused by the farthest level.</summary>
    public static double Needed(ReadOnlySpan<double> spots, AmericanCall call, DividendBlackScholes model)
    {
        var split = new Split(call, model);
        double extent = 1;
        foreach (var spot in spots)
        {
            var (k, b) = split.Levels(spot);
            var certain = Math.Abs(b) >= Certain * split.Before;
            extent = certain
                ? extent
                : Math.Max(extent, Math.Max(Math.Abs(b) / split.Before, Math.Abs(b - k) / split.After));
        }

        return LaguerreScale.Needed(Math.Sqrt(2 * LaguerreScale.Decay), extent);
    }

    public static string? Price(
        ReadOnlySpan<double> spots,
        AmericanCall call,
        DividendBlackScholes model,
        int work,
        Span<double> values
    )
    {
        var needed = Needed(spots, call, model);
        if (needed > 1.4 * GaussLaguerre.MaxNodes)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The dividend is so close to today or to maturity that the two-dimensional quadrature needs about "
                    + $"{Figure.Of(needed, 0)} nodes in each direction; the limit is {GaussLaguerre.MaxNodes}."
            );

        var split = new Split(call, model);
        var plane = new LaguerrePlane(split.Before, split.After, work);
        var normal = LaguerreNormal.Of(work);
        var both = Math.Sqrt((split.Before * split.Before) + (split.After * split.After));
        for (var i = 0; i < spots.Length; i++)
        {
            Cancellation.CheckAt(i);
            var asset = (1 - model.Dividend) * spots[i];
            var (k, b) = split.Levels(spots[i]);
            var above = Math.Clamp(b / split.Before, -40, 40);
            var exercised =
                (model.Dividend * spots[i] * normal.Cdf((0.5 * split.Before) - above))
                - ((split.StrikeAtDividend - split.Strike) * normal.Cdf((-0.5 * split.Before) - above));
            var put =
                above >= Certain
                    ? (Math.Exp(k) * normal.Cdf((k / both) + (0.5 * both))) - normal.Cdf((k / both) - (0.5 * both))
                : above <= -Certain ? 0
                : plane.PutBelow(k, b);
            values[i] = asset - split.Strike + exercised + (asset * put);
        }

        return null;
    }

    /// <summary>The two periods, before and after the dividend, and the two levels for each spot.</summary>
    private readonly struct Split
    {
        private readonly double _critical;
        private readonly double _drift;
        private readonly double _kept;

        public Split(AmericanCall call, DividendBlackScholes model)
        {
            var before = model.Fraction * call.Maturity;
            var after = call.Maturity - before;
            Before = model.Volatility * Math.Sqrt(before);
            After = model.Volatility * Math.Sqrt(after);
            StrikeAtDividend = call.Strike * Math.Exp(-model.Rate * before);
            Strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
            _kept = 1 - model.Dividend;
            _drift = model.Rate * before;
            _critical = DividendExercise.CriticalSpot(
                call.Strike,
                call.Strike * Math.Exp(-model.Rate * after),
                _kept,
                After
            );
        }

        /// <summary>Standard deviation of the log-return to the dividend.</summary>
        public double Before { get; }

        /// <summary>Standard deviation of the log-return from the dividend to maturity.</summary>
        public double After { get; }

        /// <summary>The strike discounted from the dividend to today.</summary>
        public double StrikeAtDividend { get; }

        /// <summary>The strike discounted from maturity to today.</summary>
        public double Strike { get; }

        /// <summary>k = ln(strike/forward) at maturity and b = ln(critical spot/forward) at the dividend.</summary>
        public (double K, double B) Levels(double spot) =>
            (Math.Log(Strike / (_kept * spot)), Math.Log(_critical / spot) - _drift);
    }
}
