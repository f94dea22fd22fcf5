using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices the American put as the limit of puts with n, 2n, 4n and 8n exercise dates, extrapolated in 1/n. Each step
/// back in time is exact in terms of cosine coefficients; the exercise point is where the continuation value equals the
/// payoff. The work parameter is n.
/// </summary>
internal static class BermudanPut
{
    // Number of standard deviations covered on each side. The neglected tail is worth 1e-9 of the strike.
    private const double Reach = 6;

    // The expansion includes frequencies up to the point where the characteristic function of the finest step is e^-8;
    // the rest of the decay comes from the coefficients of the value function.
    private const double Decay = 4;

    private const int MaxTerms = 4096;

    /// <summary>
    /// Four dates are enough if the interest over the life of the option is 3 %. With higher interest, the boundary
    /// moves further between dates, so more exercise dates are needed.
    /// </summary>
    public static WorkPlan Plan(AmericanPut put, BlackScholes model)
    {
        var interest = Math.Max(0, model.Rate * put.Maturity);
        var dates = (int)Math.Min(32, Math.Ceiling(4 * Math.Max(1, Math.Sqrt(interest / 0.03) - 1e-9)));
        return new("exercise dates of the coarsest grid", 1, 64, dates, Convergence.Algebraic(2));
    }

    public static string? Price(
        ReadOnlySpan<double> spots,
        AmericanPut put,
        BlackScholes model,
        int work,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        var drift = (model.Rate * put.Maturity) - (0.5 * deviation * deviation);
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            low = Math.Min(low, Math.Log(spot / put.Strike));
            high = Math.Max(high, Math.Log(spot / put.Strike));
        }

        var range = new CosRange(
            low + Math.Min(0, drift) - (Reach * deviation),
            high + Math.Max(0, drift) + (Reach * deviation)
        );
        var needed = Decay * range.Width * Math.Sqrt(8.0 * work) / (Math.PI * deviation);
        if (needed > MaxTerms)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"A range of {range.Width:G3} with a standard deviation of {deviation / Math.Sqrt(8.0 * work):G3} "
                    + $"per step needs {Figure.Of(needed, 0)} terms; the limit is {MaxTerms}."
            );

        var transition = new CosTransition(range, CosTransition.RoundUp(needed));
        values.Clear();
        ReadOnlySpan<double> weights = [-1 / 21.0, 14 / 21.0, -56 / 21.0, 64 / 21.0];
        for (var grid = 0; grid < weights.Length; grid++)
            AddBermudan(spots, put, model, work << grid, weights[grid], transition, values);

        // Immediate exercise is applied after the extrapolation. Applied to the values of each grid, it would introduce
        // a kink into the values that are extrapolated.
        for (var i = 0; i < spots.Length; i++)
            values[i] = Math.Max(values[i], put.Strike - spots[i]);

        return null;
    }

    private static void AddBermudan(
        ReadOnlySpan<double> spots,
        AmericanPut put,
        BlackScholes model,
        int dates,
        double weight,
        CosTransition transition,
        Span<double> values
    )
    {
        var time = put.Maturity / dates;
        var variance = model.Volatility * model.Volatility * time;
        var mean = (model.Rate * time) - (0.5 * variance);
        var discount = Math.Exp(-model.Rate * time);
        var range = transition.Range;
        var value = new double[transition.Terms];
        CosPayoff.Add(range, range.Low, 0, -1, 1, value);
        double exercise = 0;
        for (var date = dates - 1; date > 0; date--)
        {
            Cancellation.Check();
            transition.Step(value, mean, variance, discount);
            exercise = ExercisePoint(transition, exercise);
            Array.Clear(value);
            CosPayoff.Add(range, range.Low, exercise, -1, 1, value);
            transition.AddCoefficients(exercise, range.High, value);
        }

        transition.Step(value, mean, variance, discount);
        for (var i = 0; i < spots.Length; i++)
            values[i] += weight * put.Strike * transition.At(Math.Log(spots[i] / put.Strike)).Value;
    }

    /// <summary>
    /// Solves c(x) = 1 - e^x for x below 0. Returns the lower end of the range if early exercise never pays (because
    /// the rate is not positive).
    /// </summary>
    private static double ExercisePoint(CosTransition transition, double guess)
    {
        var low = transition.Range.Low;
        double high = 0;
        var x = guess;
        for (var step = 0; step < 60; step++)
        {
            var (continued, slope) = transition.At(x);
            var exp = Math.Exp(x);
            var excess = continued - 1 + exp;
            (low, high) = excess > 0 ? (low, x) : (x, high);
            var next = x - (excess / (slope + exp));
            next = next > low && next < high ? next : 0.5 * (low + high);
            if (Math.Abs(next - x) < 1e-10)
                return next;

            x = next;
        }

        return x;
    }
}
