using Headrace.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Commands;

public sealed class StopPlanTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_stop_sends_the_signal_once_and_kills_after_the_grace()
    {
        var plan = new StopPlan(Grace, timeLimit: null);
        Assert.Equal(StopAction.Continue, plan.Decide(At(1)));

        plan.Request(StopCause.Requested, At(2));

        Assert.Equal(StopAction.Signal, plan.Decide(At(2)));
        Assert.Equal(StopAction.Continue, plan.Decide(At(3)));
        Assert.Equal(At(7), plan.NextAt);
        Assert.Equal(StopAction.Kill, plan.Decide(At(7)));
        Assert.Equal(StopAction.Kill, plan.Decide(At(8)));
    }

    [Fact]
    public void A_time_limit_stops_by_itself()
    {
        var plan = new StopPlan(Grace, At(10));

        Assert.Equal(At(10), plan.NextAt);
        Assert.Equal(StopAction.Continue, plan.Decide(At(9)));
        Assert.Equal(StopAction.Signal, plan.Decide(At(10)));
        Assert.Equal((StopCause.TimeLimit, At(15)), (plan.Cause, plan.NextAt!.Value));
    }

    [Fact]
    public void A_kill_overtakes_the_grace_and_the_first_cause_remains()
    {
        var plan = new StopPlan(Grace, timeLimit: null);
        plan.Request(StopCause.Requested, At(1));
        plan.Decide(At(1));

        plan.RequestKill(StopCause.MemoryLimit);

        Assert.Equal(StopAction.Kill, plan.Decide(At(1)));
        Assert.Equal(StopCause.Requested, plan.Cause);
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
