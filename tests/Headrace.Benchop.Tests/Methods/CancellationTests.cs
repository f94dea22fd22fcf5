using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>A cancelled pricing ends soon, in the middle of a call of its method.</summary>
public sealed class CancellationTests
{
    /// <summary>The processor time for which a cancelled pricing may go on.</summary>
    private const double MaxSeconds = 2;

    /// <summary>How long a pricing runs before it is cancelled.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(200);

    public static TheoryData<string> MethodNames => [.. MethodCatalogue.All.Select(m => m.Card.Name)];

    [Theory]
    [MemberData(nameof(MethodNames))]
    public void A_cancelled_pricing_of_any_problem_ends_soon_even_with_the_most_work(string name)
    {
        var method = MethodCatalogue.Find(name)!;
        foreach (var problem in ProblemCatalogue.All.Select(d => ManyPoints(d)).Where(p => method.WhyNot(p) is null))
        {
            var (end, went) = CancelDuring(() => PricingRun.Price(method, problem, method.Plan(problem).Most));

            Assert.True(end is null or OperationCanceledException, $"{name} on {problem.Id}: {end}");
            Assert.True(went <= MaxSeconds, $"{name} on {problem.Id} went on for {went:F1} s of processor time");
        }
    }

    [Fact]
    public void A_cancelled_search_for_the_default_work_ends_without_a_price()
    {
        // With these parameters, the search takes at least some ten seconds.
        var method = MethodCatalogue.Find("fdad")!;
        var problem = ProblemCatalogue
            .Resolve("6", "T=0.0527,r=0.12,S1=5.38:8.46:8.71,S2=8.46,sigma1=0.753,sigma2=0.256,rho=0.163")
            .Problem!;
        using var stop = new CancellationTokenSource();
        var run = new CellRun(TimeProvider.System, new MeasureOptions { Judge = false, Time = false });

        var (end, went) = CancelDuring(() => run.Run(method, problem, stop.Token), stop);

        Assert.IsType<OperationCanceledException>(end);
        Assert.InRange(went, double.NegativeInfinity, MaxSeconds);
    }

    [Fact]
    public void A_cancelled_reference_is_computed_again_by_the_next_job()
    {
        var problem = ProblemCatalogue.Resolve("3-II", "r=0.0312345").Problem!;
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using (Cancellation.Observe(stop.Token))
            Assert.Throws<OperationCanceledException>(() => ReferencePrices.Of(problem));

        Assert.NotEmpty(ReferencePrices.Of(problem).Values);
    }

    [Fact]
    public void The_token_that_was_observed_before_is_observed_again()
    {
        using var outer = new CancellationTokenSource();
        using (Cancellation.Observe(outer.Token))
        {
            outer.Cancel();
            using (Cancellation.Observe(CancellationToken.None))
                Cancellation.Check();

            Assert.Throws<OperationCanceledException>(Cancellation.Check);
        }

        Cancellation.Check();
    }

    /// <summary>The default settings with many points: a method may be slow because there are many of them.</summary>
    private static Problem ManyPoints(ProblemDefinition definition)
    {
        var spots = string.Join(':', Enumerable.Range(0, 5000).Select(i => 90 + (i / 250)));
        var settings = definition.HasTwoAssets ? $"S1={spots},S2=100" : $"S={spots}";
        return ProblemCatalogue.Resolve(definition.Id, settings).Problem!;
    }

    /// <summary>
    /// Runs a pricing on its own thread and cancels it. Returns the exception that ended it, and a lower bound of the
    /// processor time for which it went on. The bound does not depend on the load of the machine, because a thread
    /// never uses more processor time than has passed.
    /// </summary>
    private static (Exception? End, double Seconds) CancelDuring(Action price, CancellationTokenSource? source = null)
    {
        using var own = new CancellationTokenSource();
        var stop = source ?? own;
        Exception? end = null;
        double used = 0;
        var thread = new Thread(() =>
        {
            try
            {
                using (Cancellation.Observe(stop.Token))
                    price();
            }
            catch (Exception thrown)
            {
                end = thrown;
            }

            used = ThreadCpuClock.Seconds();
        });
        var started = TimeProvider.System.GetTimestamp();
        thread.Start();
        thread.Join(Before);
        var passed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        stop.Cancel();
        Assert.True(thread.Join(TimeSpan.FromMinutes(2)), "The cancelled pricing still runs.");
        return (end, used - passed);
    }
}
