using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices a European call under a smooth local volatility by time steps of the weak second-order Taylor scheme. The
/// increment of one step is a quadratic function of one normal variable, and its characteristic function has a closed
/// form. Values are stored at the nodes of the cosine transform. Combining runs with n and 2n steps cancels the
/// second-order error. The work parameter is n.
/// </summary>
internal static class CosLocalVolatility
{
    // Number of standard deviations covered on each side of the spots and the strike.
    private const double Reach = 6;

    // The expansion includes frequencies up to this value of u times the standard deviation of one step; the rest of
    // the decay comes from the smoothness of the value function.
    private const double Decay = 2.2;

    private const int MaxTerms = 2048;

    // The default number of steps is at most MaxDefaultSteps. If a high volatility in the wings requires more than
    // MaxStepsFactor times that number (which corresponds to a deviation of 3.7), the method returns no price, because
    // call prices were then observed to equal the spot for any number of steps.
    private const int MaxDefaultSteps = 24;
    private const int MaxStepsFactor = 8;

    /// <summary>
    /// Four steps are enough for a variance of 0.28 in the wings over the life of the option, as in problem 3-I. Longer
    /// maturities and higher volatilities need more steps.
    /// </summary>
    public static WorkPlan Plan(EuropeanCall call, LocalVolatility model)
    {
        var steps = (int)Math.Min(MaxDefaultSteps, Math.Ceiling(StepsFor(call, model)));
        return new("time steps of the coarser run", 1, 256, steps, Convergence.Algebraic(3));
    }

    public static string? Price(
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        LocalVolatility model,
        int steps,
        Span<double> values
    )
    {
        if (StepsFor(call, model) > MaxStepsFactor * MaxDefaultSteps)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The volatility in the wings requires {Figure.Of(StepsFor(call, model), 0)} time steps, but the "
                    + $"scheme is unreliable with more than {MaxStepsFactor * MaxDefaultSteps} steps."
            );

        var range = RangeOf(spots, call, model);
        var deviation = Math.Sqrt(
            model.Variance(call.Strike, call.Strike, 0.5 * call.Maturity) * call.Maturity / (2 * steps)
        );
        var needed = Decay * range.Width / (Math.PI * deviation);
        if (needed > MaxTerms)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"A range of {range.Width:G3} with a standard deviation of {deviation:G3} per step needs "
                    + $"{Figure.Of(needed, 0)} terms; the limit is {MaxTerms}."
            );

        values.Clear();
        AddPuts(spots, call, model, steps, CosTransition.RoundUp(needed / Math.Sqrt(2)), range, -1.0 / 3, values);
        AddPuts(spots, call, model, 2 * steps, CosTransition.RoundUp(needed), range, 4.0 / 3, values);
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        for (var i = 0; i < spots.Length; i++)
            values[i] += spots[i] - strike;

        return null;
    }

    private static double StepsFor(EuropeanCall call, LocalVolatility model) =>
        4 * Math.Max(1, model.Variance(call.Strike, 1e-6 * call.Strike, call.Maturity) * call.Maturity / 0.28);

    /// <summary>Adds the prices of the puts, whose payoff is bounded. The calls follow from put-call parity.</summary>
    private static void AddPuts(
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        LocalVolatility model,
        int steps,
        int terms,
        CosRange range,
        double weight,
        Span<double> values
    )
    {
        var time = call.Maturity / steps;
        var coefficients = new double[terms];
        CosPayoff.Add(range, range.Low, Math.Clamp(0, range.Low, range.High), -1, 1, coefficients);
        var discount = Math.Exp(-model.Rate * time);
        var atNodes = new double[terms];
        for (var step = steps - 1; step > 0; step--)
        {
            Cancellation.Check();
            for (var n = 0; n < terms; n++)
            {
                var x = range.Low + ((n + 0.5) * range.Width / terms);
                atNodes[n] =
                    discount
                    * Continued(coefficients, range, x, TaylorStep.At(model, call.Strike, x, step * time, time));
            }

            CosineTransform.Of(terms).Apply(atNodes, coefficients);
        }

        for (var i = 0; i < spots.Length; i++)
        {
            var x = Math.Log(spots[i] / call.Strike);
            values[i] +=
                weight
                * call.Strike
                * discount
                * Continued(coefficients, range, x, TaylorStep.At(model, call.Strike, x, 0, time));
        }
    }

    /// <summary>
    /// Returns a range that extends <see cref="Reach"/> standard deviations beyond the spots and the strike. The
    /// standard deviation is computed from the volatility halfway to each end.
    /// </summary>
    private static CosRange RangeOf(ReadOnlySpan<double> spots, EuropeanCall call, LocalVolatility model)
    {
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            low = Math.Min(low, Math.Log(spot / call.Strike));
            high = Math.Max(high, Math.Log(spot / call.Strike));
        }

        var drift = model.Rate * call.Maturity;
        return new(Out(low, -1) + Math.Min(drift, 0), Out(high, 1) + Math.Max(drift, 0));

        double Out(double from, int side)
        {
            double distance = 0;
            for (var i = 0; i < 4; i++)
            {
                // Averaged over time, a path that reaches the end of the range has covered about half of the distance.
                var s = call.Strike * Math.Exp(from + (side * 0.5 * distance));
                distance = Reach * Math.Sqrt(model.Variance(call.Strike, s, 0.5 * call.Maturity) * call.Maturity);
            }

            return from + (side * distance);
        }
    }

    /// <summary>
    /// Computes E[V(X)] after one step from x: Re sum_j V_j e^{iu(x - low)} f(u), with the first term halved.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Continued(ReadOnlySpan<double> coefficients, CosRange range, double x, TaylorStep step)
    {
        var one = Vector256<double>.One;
        var phase = Vector256.Create(x - range.Low + step.Drift);
        var halfVariance = Vector256.Create(-0.5 * step.Variance);
        var curvature = Vector256.Create(2 * step.Curvature);
        var u = CosCoefficients.Frequencies(0, Math.PI / range.Width);
        var stride = Vector256.Create(Lanes.Count * Math.PI / range.Width);
        var sum = Vector256<double>.Zero;
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            // f(u) = e^{i u * drift} (1 - iz)^{-1/2} exp(-u^2 * variance/2/(1 - iz)), z = 2 u * curvature.
            var z = curvature * u;
            var root = ComplexLanes.Log(new ComplexLanes(one, -z)) * Vector256.Create(-0.5);
            var spread = halfVariance * u * u / Vector256.FusedMultiplyAdd(z, z, one);
            var size = Vector256.Exp(spread + root.Re);
            var angle = (u * phase) + (spread * z) + root.Im;
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(coefficients[j..]), size * Vector256.Cos(angle), sum);
            u += stride;
        }

        return Vector256.Sum(sum) - (0.5 * coefficients[0]);
    }
}
