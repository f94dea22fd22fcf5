using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.LongstaffSchwartz;

/// <summary>
/// The exercise policy of a Bermudan put. For each date, it contains the log-price at or below which the put is
/// exercised. These boundaries are found by regression, from the last date to the first.
/// </summary>
/// <remarks>
/// The regression estimates the early-exercise premium instead of the value of the option. The premium is the payoff
/// minus the value of the European put at the time of exercise; the discounted value of that put is a martingale. The
/// premium is smaller and smoother than the value of the option. A put has a single boundary at each date, so the
/// boundary is all that pricing needs. The continuation value is not evaluated again.
/// </remarks>
internal sealed class ExerciseDates
{
    private const int Paths = 1 << 14;

    /// <summary>
    /// The basis functions are 1, z, z^2 and z^3. A larger basis changes the prices of problem 1b by less than their
    /// standard error.
    /// </summary>
    private const int BasisSize = 4;

    // The stream of random numbers for the regression paths. The stream for the pricing paths of a replicate has the
    // number of the replicate, which is smaller.
    private const uint Stream = 1 << 20;

    private readonly AmericanPut _put;
    private readonly BlackScholes _model;
    private readonly double _deviation;
    private readonly double _logStrike;

    private ExerciseDates(AmericanPut put, BlackScholes model, int dates)
    {
        _put = put;
        _model = model;
        _deviation = model.Volatility * Math.Sqrt(put.Maturity);
        _logStrike = Math.Log(put.Strike);
        LogBoundary = new double[dates];
        LogBoundary.AsSpan().Fill(double.NegativeInfinity);
        LogBoundary[^1] = _logStrike;
    }

    /// <summary>
    /// The logarithm of the exercise boundary at each date. The dates are equally spaced, and the last one is the
    /// maturity. The value is minus infinity if the put is not exercised at that date.
    /// </summary>
    public double[] LogBoundary { get; }

    /// <summary>
    /// Returns two policies that are estimated from the same paths, one for all dates and one for every other date.
    /// </summary>
    public static (ExerciseDates All, ExerciseDates Half) Regress(
        AmericanPut put,
        BlackScholes model,
        int dates,
        uint seed
    )
    {
        var (all, half) = (new ExerciseDates(put, model, dates), new ExerciseDates(put, model, dates / 2));
        var logPrices = all.Simulate(dates, seed);
        all.Fit(logPrices, 1);
        half.Fit(logPrices, 2);
        return (all, half);
    }

    /// <summary>Returns K - S - p(S), the gain from exercising the put instead of holding the European put.</summary>
    public static double Gain(AmericanPut put, BlackScholes model, double logPrice, double timeToMaturity)
    {
        var price = Math.Exp(logPrice);
        var strike = put.Strike * Math.Exp(-model.Rate * timeToMaturity);
        return put.Strike - price - Black.Call(strike, price, model.Volatility * Math.Sqrt(timeToMaturity));
    }

    /// <summary>
    /// Returns the log-prices of all paths at all dates, ordered by date. The paths start at prices around the strike,
    /// so that prices near the boundary occur at every date.
    /// </summary>
    private double[] Simulate(int dates, uint seed)
    {
        var points = new StratifiedPoints(dates + 1, 1, Paths, seed, Stream);
        var logPrices = new double[dates * Paths];
        var block = new double[(dates + 1) * ReplicatedMean.Block];
        var step = _put.Maturity / dates;
        var drift = (_model.Rate - (0.5 * _model.Volatility * _model.Volatility)) * step;
        var volatility = _model.Volatility * Math.Sqrt(step);
        for (var first = 0; first < Paths; first += ReplicatedMean.Block)
        {
            Cancellation.Check();
            points.Fill(first, ReplicatedMean.Block, block);
            NormalQuantile.Apply(block.AsSpan(ReplicatedMean.Block));
            for (var p = 0; p < ReplicatedMean.Block; p++)
            {
                var x = _logStrike + (_deviation * ((2.5 * block[p]) - 1.5));
                for (var k = 0; k < dates; k++)
                {
                    x += drift + (volatility * block[((k + 1) * ReplicatedMean.Block) + p]);
                    logPrices[(k * Paths) + first + p] = x;
                }
            }
        }

        return logPrices;
    }

    private void Fit(double[] logPrices, int stride)
    {
        var premiums = new double[Paths];
        var discount = Math.Exp(-_model.Rate * _put.Maturity / LogBoundary.Length);
        var least = new PolynomialFit(BasisSize);
        for (var date = LogBoundary.Length - 2; date >= 0; date--)
        {
            Cancellation.Check();
            var row = logPrices.AsSpan(((((date + 1) * stride) - 1) * Paths), Paths);
            var rest = _put.Maturity * (LogBoundary.Length - 1 - date) / LogBoundary.Length;

            // Prices far below the boundary of the next date do not help to find the boundary of this date.
            var lowest = LogBoundary[date + 1] - (0.5 * _deviation);
            least.Clear();
            for (var p = 0; p < Paths; p++)
            {
                premiums[p] *= discount;
                if (row[p] < _logStrike && row[p] > lowest)
                    least.Add((row[p] - _logStrike) / _deviation, premiums[p]);
            }

            LogBoundary[date] = least.Solve() is { } fit ? Boundary(fit, rest, lowest) : LogBoundary[date + 1];
            for (var p = 0; p < Paths; p++)
                if (row[p] <= LogBoundary[date])
                    premiums[p] = Gain(_put, _model, row[p], rest);
        }
    }

    /// <summary>
    /// Returns the largest log-price at which the gain from exercising is at least the estimated premium of continuing.
    /// </summary>
    private double Boundary(ReadOnlySpan<double> fit, double rest, double lowest)
    {
        const int Cells = 64;
        var width = (_logStrike - lowest) / Cells;
        var above = Excess(_logStrike, fit, rest);
        for (var cell = 1; cell <= Cells; cell++)
        {
            var x = _logStrike - (cell * width);
            var excess = Excess(x, fit, rest);
            if (excess >= 0)
                return above < 0 ? x + (width * excess / (excess - above)) : _logStrike;

            above = excess;
        }

        return double.NegativeInfinity;
    }

    private double Excess(double logPrice, ReadOnlySpan<double> fit, double rest)
    {
        var z = (logPrice - _logStrike) / _deviation;
        double premium = 0;
        for (var i = BasisSize - 1; i >= 0; i--)
            premium = (premium * z) + fit[i];

        return Gain(_put, _model, logPrice, rest) - Math.Max(0, premium);
    }
}
