using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices the American call with one proportional dividend. The only exercise decision is just before the dividend. By
/// put-call parity, the values of both alternatives contain (1 - D) S - K e^{-r (T - t)}, which is priced exactly. The
/// remainder, max(D S - K (1 - e^{-r (T - t)}), put after the dividend), is expanded in cosines; it remains small where
/// exercise pays.
/// </summary>
internal static class CosDividend
{
    public const int MaxTerms = 4096;

    public static string? Price(
        ReadOnlySpan<double> spots,
        AmericanCall call,
        DividendBlackScholes model,
        int work,
        Span<double> values
    )
    {
        var terms = CosTransition.RoundUp(work);
        var before = model.Fraction * call.Maturity;
        var after = call.Maturity - before;
        var range = RangeOf(spots, call, model);
        var transition = new CosTransition(range, terms);
        var value = new double[terms];
        CosPayoff.Add(range, range.Low, 0, -1, 1, value);

        // The dividend is included in the step from the dividend date to maturity.
        var discountAfter = Math.Exp(-model.Rate * after);
        Step(transition, value, model, after, Math.Log(1 - model.Dividend));
        var interest = 1 - discountAfter;
        var exercise = ExercisePoint(transition, model.Dividend, interest);
        Array.Clear(value);
        CosPayoff.Add(range, exercise, range.High, model.Dividend, -interest, value);
        transition.AddCoefficients(range.Low, exercise, value);
        Step(transition, value, model, before, 0);
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        for (var i = 0; i < spots.Length; i++)
        {
            var chosen = call.Strike * transition.At(Math.Log(spots[i] / call.Strike)).Value;
            values[i] = ((1 - model.Dividend) * spots[i]) - strike + chosen;
        }

        return null;
    }

    /// <summary>The number of terms that the narrower of the two steps needs.</summary>
    public static int Terms(ReadOnlySpan<double> spots, AmericanCall call, DividendBlackScholes model)
    {
        var narrow = model.Volatility * Math.Sqrt(call.Maturity * Math.Min(model.Fraction, 1 - model.Fraction));
        return (int)Math.Clamp(6 * RangeOf(spots, call, model).Width / (Math.PI * narrow), 32, MaxTerms);
    }

    private static CosRange RangeOf(ReadOnlySpan<double> spots, AmericanCall call, DividendBlackScholes model)
    {
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var drift = (model.Rate * call.Maturity) - (0.5 * deviation * deviation);
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            low = Math.Min(low, Math.Log(spot / call.Strike));
            high = Math.Max(high, Math.Log(spot / call.Strike));
        }

        return new(
            low + Math.Min(0, drift) + Math.Log(1 - model.Dividend) - (CosRange.Reach * deviation),
            high + Math.Max(0, drift) + (CosRange.Reach * deviation)
        );
    }

    private static void Step(
        CosTransition transition,
        ReadOnlySpan<double> value,
        DividendBlackScholes model,
        double time,
        double jump
    )
    {
        var variance = model.Volatility * model.Volatility * time;
        transition.Step(value, (model.Rate * time) - (0.5 * variance) + jump, variance, Math.Exp(-model.Rate * time));
    }

    /// <summary>
    /// Returns the point above which D e^x - interest exceeds the put, or the upper end of the range if it never does.
    /// </summary>
    private static double ExercisePoint(CosTransition transition, double dividend, double interest)
    {
        double low = 0;
        var high = transition.Range.High;
        if (Excess(high).Value <= 0)
            return high;

        var x = 0.01 * high;
        for (var step = 0; step < 80; step++)
        {
            Cancellation.Check();
            var (excess, slope) = Excess(x);
            (low, high) = excess > 0 ? (low, x) : (x, high);
            var next = x - (excess / slope);
            next = next > low && next < high ? next : 0.5 * (low + high);
            if (Math.Abs(next - x) < 1e-12)
                return next;

            x = next;
        }

        return x;

        (double Value, double Slope) Excess(double at)
        {
            var (put, slope) = transition.At(at);
            var gain = dividend * Math.Exp(at);
            return (gain - interest - put, gain - slope);
        }
    }
}
