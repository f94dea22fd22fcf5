using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;

namespace Headrace.Benchop.Tests.Measuring;

/// <summary>A pricing method whose error is exactly n^-2. It counts its calls.</summary>
internal sealed class SlowlyRight(int most = 100_000, string? obstacle = null) : IPricingMethod
{
    public int Calls { get; private set; }

    public MethodCard Card { get; } = new("slowly", "Right in the end", "Nobody 2000");

    public string? WhyNot(Problem problem) =>
        problem.Contract is EuropeanCall ? null : "The method prices only European calls.";

    public WorkPlan Plan(Problem problem) =>
        new("patience", 1, most, 10, Convergence.Algebraic(2)) { Obstacle = obstacle };

    public string? Price(Problem problem, int work, Span<double> values)
    {
        Calls++;
        var reference = ReferencePrices.Of(problem).Values;
        for (var i = 0; i < values.Length; i++)
            values[i] = reference[i] * (1 + (1.0 / work / work));

        return null;
    }
}
