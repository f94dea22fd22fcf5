using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.LongstaffSchwartz;

/// <summary>
/// The Longstaff-Schwartz method. The exercise policy comes from regressions on one set of paths, and the price comes
/// from an independent set. If the policy were applied to the paths to which it was fitted, the result would be biased
/// upwards.
/// </summary>
internal sealed class LongstaffSchwartzMethod : ISamplingMethod
{
    private const int Dates = 32;

    private const int Replicates = 32;

    public MethodCard Card { get; } =
        new(
            "lsm",
            "Longstaff-Schwartz least-squares Monte Carlo",
            "F. A. Longstaff and E. S. Schwartz (2001), Rev. Financial Studies 14, 113-147; N. S. Rasmussen (2005), J. "
                + "Computational Finance 9(1), 83-118 (European control)"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanPut, BlackScholes) => null,
            (AmericanCall, _) =>
                "Exercise is optimal only just before the dividend, so there is nothing to estimate by regression. Use "
                    + "the 'quadrature' method.",
            _ => "The option cannot be exercised early. Use the 'mc' method.",
        };

    public WorkPlan Plan(Problem problem) =>
        new(
            "paths",
            1024,
            1 << 26,
            1 << 17,
            new Convergence(0.5, "order 1/2 in the number of paths, down to the error of 32 dates, about 2e-4")
        )
        {
            Target = 1e-3,
            Structure = "The European put has a closed form, so only the early-exercise premium is estimated.",
        };

    public string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors)
    {
        var (put, model) = ((AmericanPut)problem.Contract, (BlackScholes)problem.Model);
        var spots = problem.Points.Spots;
        var discounted = put.Strike * Math.Exp(-model.Rate * put.Maturity);
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        for (var i = 0; i < spots.Length; i++)
            values[i] = Black.Call(discounted, spots[i], deviation);

        standardErrors.Clear();

        // If the interest rate is zero or negative, early exercise never pays, so the put is worth as much as a
        // European put.
        if (model.Rate <= 0)
            return null;

        var (all, half) = ExerciseDates.Regress(put, model, Dates, (uint)seed);
        var premium = new BermudanPremium(put, model, spots, all, half);
        var premiums = new double[spots.Length];
        var effective = new double[spots.Length];
        ReplicatedMean.Estimate(
            premium,
            Replicates,
            replicate => new StratifiedPoints(Dates, 2, work / Replicates, (uint)seed, (uint)replicate),
            premiums,
            standardErrors,
            effective
        );
        for (var i = 0; i < spots.Length; i++)
        {
            var intrinsic = put.Strike - spots[i];
            var held = values[i] + premiums[i];
            if (held <= intrinsic)
                (held, standardErrors[i]) = (intrinsic, 0);
            else if (
                values[i] > 1e-9 * put.Strike
                && SampleChecks.Violation(effective.AsSpan(i, 1), spots[i..]) is { } r
            )
                return r;

            values[i] = held;
        }

        return null;
    }
}
