using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>The guarded way to a price: coverage and work are checked before, finiteness and no-arbitrage bounds after.</summary>
internal static class PricingRun
{
    /// <param name="work">Null takes the method's default for the problem.</param>
    public static PricingAnswer Price(IPricingMethod method, Problem problem, int? work = null)
    {
        if (method.WhyNot(problem) is { } uncovered)
        {
            return PricingAnswer.Refused(uncovered);
        }

        WorkPlan plan = method.Plan(problem);
        int n = work ?? plan.Default;
        if (n < plan.Least || n > plan.Most)
        {
            return PricingAnswer.Refused($"work={n}: {plan.Parameter} of {method.Card.Name} must lie in {plan.Least}..{plan.Most} for this problem.");
        }

        var values = new double[problem.Points.Count];
        string? refusal = method.Price(problem, n, values) ?? PriceBounds.Violation(problem, values);
        return refusal is null ? new PricingAnswer(values, n, null) : PricingAnswer.Refused(refusal, n);
    }
}
