using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Runs a method with checks. Before the run, it checks that the method supports the problem and that the work
/// parameter is in range. After the run, it checks that the results are finite and within the no-arbitrage bounds,
/// and removes violations that are only rounding.
/// </summary>
internal static class PricingRun
{
    /// <param name="work">
    /// The work parameter; if null, <see cref="SettledWork"/> or <see cref="SettledSample"/> chooses it.
    /// </param>
    /// <param name="seed">The seed of a sampling method; other methods ignore it.</param>
    public static PricingAnswer Price(
        IPricingMethod method,
        Problem problem,
        int? work = null,
        int seed = ISamplingMethod.DefaultSeed
    )
    {
        if (method.WhyNot(problem) is { } uncovered)
            return PricingAnswer.Refused(uncovered);

        var plan = method.Plan(problem);
        if (work is not { } n)
            return method is ISamplingMethod sampling
                ? SettledSample.Price(sampling, problem, plan, seed)
                : SettledWork.Price(method, problem, plan);

        return n < plan.Least || n > plan.Most
            ? PricingAnswer.Refused(
                $"work={n} is out of range for this problem and method '{method.Card.Name}'. "
                    + $"Valid values: {plan.Least}..{plan.Most} ({plan.Parameter})."
            )
            : Once(method, problem, n, seed);
    }

    /// <summary>Calls the method once, with a work parameter that the plan allows.</summary>
    public static PricingAnswer Once(
        IPricingMethod method,
        Problem problem,
        int work,
        int seed = ISamplingMethod.DefaultSeed
    )
    {
        Cancellation.Check();
        var values = new double[problem.Points.Count];
        var errors = method is ISamplingMethod ? new double[values.Length] : [];
        var refusal =
            (
                method is ISamplingMethod sampling
                    ? sampling.Estimate(problem, work, seed, values, errors)
                    : method.Price(problem, work, values)
            ) ?? PriceBounds.Violation(problem, values, PriceBounds.Wide);
        if (refusal is not null)
            return PricingAnswer.Refused(refusal, work);

        PriceBounds.Round(problem, values);
        return new PricingAnswer(values, work, null) { StandardErrors = errors };
    }
}

/// <summary>The values of all points, or the reason why there are none. Values are finite.</summary>
/// <param name="Values">Empty if and only if <paramref name="Refusal"/> is not null.</param>
/// <param name="Work">The work parameter used; 0 when the method did not run.</param>
internal sealed record PricingAnswer(IReadOnlyList<double> Values, int Work, string? Refusal)
{
    /// <summary>The standard error of each value of a sampling method; empty for other methods.</summary>
    public IReadOnlyList<double> StandardErrors { get; init; } = [];

    public static PricingAnswer Refused(string reason, int work = 0) => new([], work, reason);
}
