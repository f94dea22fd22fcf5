using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Chooses and checks the work parameter of a method. The default is accepted only if a run with less work agrees with
/// it; otherwise, the work parameter is increased until two consecutive runs agree. If no two runs agree, the method
/// returns no price, so it does not silently return a wrong price for parameter values far from those for which the
/// default was chosen.
/// </summary>
/// <remarks>
/// For a scheme of order p, the results of two runs whose work parameters differ by a factor f differ by (f^p - 1)
/// times the error of the more accurate run. For order 2 and f = sqrt 2, this difference equals that error; for higher
/// orders it is larger. <see cref="Agreement"/> therefore bounds the error wherever the stated order holds. Because it
/// does not always hold, the tests allow ten times as much.
/// </remarks>
internal static class SettledWork
{
    /// <summary>
    /// Two runs agree if their relative difference is at most this value, which is the benchmark's target.
    /// </summary>
    private const double Agreement = 1e-4;

    /// <summary>
    /// Values below this fraction of their scale (for prices, the strike) are compared as if they were this large,
    /// because smaller values disappear in the rounding error of a transform.
    /// </summary>
    private const double Floor = 1e-6;

    /// <summary>
    /// A run is skipped if its work parameter exceeds that of the previous run by less than this factor, because two
    /// runs so close together would agree regardless of their error. This happens near the upper limit of the work
    /// parameter.
    /// </summary>
    private const double MinStep = 1.2;

    // The work parameters to try, as multiples of the default. The first one serves only for comparison and is never
    // accepted. A run with four times the default takes 16 to 64 times as long.
    private static readonly double[] Ladder = [Math.Sqrt(0.5), 1, Math.Sqrt(2), 2, 2 * Math.Sqrt(2), 4];

    private static readonly double[] Doublings = [0.5, 1, 2, 4];

    public static PricingAnswer Price(IPricingMethod method, Problem problem, WorkPlan plan)
    {
        if (plan.Least == plan.Most)
            return PricingRun.Once(method, problem, plan.Default);

        PricingAnswer? before = null;
        PricingAnswer? first = null;
        string? outside = null;
        var apart = double.PositiveInfinity;
        foreach (var rung in plan.Doubles ? Doublings : Ladder)
        {
            var work = (int)Math.Clamp(Math.Round(rung * plan.Default), plan.Least, plan.Most);
            if (work < MinStep * before?.Work)
                continue;

            var answer = PricingRun.Once(method, problem, work);
            first ??= rung < 1 ? null : answer;
            if (answer.Refusal is null && before is { Refusal: null })
            {
                apart = RelativeDifference(problem, before.Values, answer.Values);
                if (apart <= Agreement && work >= plan.Default)
                {
                    outside = PriceBounds.Violation(problem, [.. answer.Values], Agreement);
                    if (outside is null)
                        return answer;
                }
            }

            before = answer;
        }

        if (outside is not null)
            return PricingAnswer.Refused(outside, before!.Work);

        if (before is { Refusal: null } && double.IsFinite(apart))
        {
            var unsettled = string.Create(
                CultureInfo.InvariantCulture,
                $"Even with {before.Work} {plan.Parameter}, two consecutive runs still have a relative difference of "
                    + $"{apart:E1}, so the method does not resolve the price for these parameter values."
            );
            return PricingAnswer.Refused(
                plan.Obstacle is { } obstacle ? $"{unsettled} {obstacle}" : unsettled,
                before.Work
            );
        }

        return first is { Refusal: not null }
            ? first
            : PricingAnswer.Refused(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Fewer than two of the runs around the default of {plan.Default} {plan.Parameter} returned a "
                        + $"price, so the accuracy cannot be checked."
                ),
                plan.Default
            );
    }

    private static double RelativeDifference(Problem problem, IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        double worst = 0;
        for (var i = 0; i < one.Count; i++)
            worst = Math.Max(worst, Math.Abs(one[i] - other[i]) / (Math.Abs(other[i]) + (Floor * Scale(problem, i))));

        return worst;
    }

    public static double Scale(Problem problem, int point)
    {
        var strike = problem.Contract switch
        {
            EuropeanCall c => c.Strike,
            AmericanCall c => c.Strike,
            AmericanPut p => p.Strike,
            UpAndOutCall c => c.Strike,
            _ => problem.Points.SecondSpots[point],
        };
        return problem.Quantity switch
        {
            Quantity.Delta => 1,
            Quantity.Gamma => 1 / strike,
            _ => strike,
        };
    }
}
