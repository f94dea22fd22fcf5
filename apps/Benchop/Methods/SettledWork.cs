using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// A method's own choice of work, checked: its default is taken only when a run with less work gives the same, else the
/// work grows until two runs in a
/// row agree. What never agrees is refused, so that numbers far from those a default was made for give no silent wrong
/// price.
/// </summary>
/// <remarks>
/// Two runs whose works differ by a factor f differ by (f^p - 1) times the error of the better one, for a scheme of
/// order p: at order 2 and f = sqrt 2 by
/// that error itself, above it by more. So <see cref="Agreement"/> bounds the error where the order is kept; tests hold
/// ten times as much where it is not.
/// </remarks>
internal static class SettledWork
{
    /// <summary>Two runs agree when each value differs by no more, as a share of it: the benchmark's target.</summary>
    private const double Agreement = 1e-4;

    /// <summary>
    /// Values below this part of the strike's scale are compared as if they were so large: beneath lies what double
    /// precision leaves of a transform.
    /// </summary>
    private const double Floor = 1e-6;

    /// <summary>
    /// Works closer than this give the same values whatever their error: next to the most a method may do, two rungs
    /// can meet.
    /// </summary>
    private const double LeastStep = 1.2;

    // Works tried, in units of the default; the first is never an answer. Four times the default is 16 to 64 times the
    // time.
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
            if (work < LeastStep * before?.Work)
                continue;

            var answer = PricingRun.Once(method, problem, work);
            first ??= rung < 1 ? null : answer;
            if (answer.Refusal is null && before is { Refusal: null })
            {
                apart = Apart(problem, before.Values, answer.Values);
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
            return PricingAnswer.Refused(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"With {plan.Parameter} up to {before.Work} two runs in a row still differ by {apart:E1} of the value: these numbers are out of its "
                        + $"reach."
                ),
                before.Work
            );

        return first is { Refusal: not null }
            ? first
            : PricingAnswer.Refused(
                FormattableString.Invariant(
                    $"No two works of {plan.Parameter} around {plan.Default} give a price to compare."
                ),
                plan.Default
            );
    }

    private static double Apart(Problem problem, IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        double worst = 0;
        for (var i = 0; i < one.Count; i++)
            worst = Math.Max(worst, Math.Abs(one[i] - other[i]) / (Math.Abs(other[i]) + (Floor * Scale(problem, i))));

        return worst;
    }

    private static double Scale(Problem problem, int point)
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
