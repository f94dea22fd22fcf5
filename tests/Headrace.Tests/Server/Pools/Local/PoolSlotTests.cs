using Headrace.Core;
using Headrace.Server.Pools;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class PoolSlotTests
{
    private static readonly ProcessEnd End = new(ExitKind.Signal, false, "it was killed");

    [Fact]
    public void The_wait_for_a_worker_that_had_joined_starts_again_when_it_exits()
    {
        var slot = new PoolSlot(0, At(0));
        slot.Joined(At(1));

        slot.Ended(End, At(3_600));

        Assert.Equal(
            (ProvidedState.Failing, TimeSpan.FromSeconds(2)),
            (slot.Provided(At(3_602)).State, slot.Provided(At(3_602)).Duration)
        );
    }

    [Fact]
    public void The_wait_for_a_repeatedly_failing_worker_counts_from_the_request()
    {
        var slot = new PoolSlot(0, At(0));

        for (var second = 30; second <= 600; second += 30)
            slot.Ended(End, At(second));

        Assert.Equal(TimeSpan.FromSeconds(600), slot.Provided(At(600)).Duration);
    }

    private static Elapsed At(double seconds) => new((long)(seconds * 1_000_000));
}
