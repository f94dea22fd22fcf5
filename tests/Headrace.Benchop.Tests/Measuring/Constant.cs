using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Benchop.Tests.Measuring;

/// <summary>
/// A pricing method that returns the same value for every problem, whether or not the problem has a reference.
/// </summary>
internal sealed class Constant(double value) : IPricingMethod
{
    public MethodCard Card { get; } = new("constant", "One value", "Nobody 2000");

    public string? WhyNot(Problem problem) => null;

    public WorkPlan Plan(Problem problem) => WorkPlan.None;

    public string? Price(Problem problem, int work, Span<double> values)
    {
        values.Fill(value);
        return null;
    }
}
