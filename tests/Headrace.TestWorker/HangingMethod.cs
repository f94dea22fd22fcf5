using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.TestWorker;

/// <summary>A pricing method that never returns and ignores its cancellation.</summary>
internal sealed class HangingMethod(IPricingMethod method) : IPricingMethod
{
    public MethodCard Card => method.Card;

    public string? WhyNot(Problem problem) => method.WhyNot(problem);

    public WorkPlan Plan(Problem problem) => method.Plan(problem);

    public string? Price(Problem problem, int work, Span<double> values)
    {
        new ManualResetEventSlim().Wait(CancellationToken.None);
        return null;
    }
}
