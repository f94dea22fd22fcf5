using Headrace.Core;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class PoolRuleTests
{
    private const string Prefix = "host-local-";
    private static readonly Elapsed Now = new(1_000_000);

    [Fact]
    public void An_empty_pool_fills_every_slot_and_numbers_the_workers_from_one() =>
        Assert.Equal([(0, "host-local-1"), (1, "host-local-2")], Starts(View([Empty, Empty])));

    [Fact]
    public void A_name_that_a_worker_in_the_store_has_is_not_reused() // R9
    {
        var view = View([Empty, Empty], taken: ["host-local-1", "host-local-3", "elsewhere-1"]);

        Assert.Equal([(0, "host-local-2"), (1, "host-local-4")], Starts(view));
    }

    [Fact]
    public void The_name_and_slot_of_a_process_that_is_still_stopping_are_not_reused()
    {
        var view = View([new SlotView(Running: false, new WorkerName("host-local-1"), default, false), Empty]);

        Assert.Equal([(1, "host-local-2")], Starts(view));
    }

    [Fact]
    public void A_slot_stays_empty_until_its_delay_has_elapsed()
    {
        var resting = new SlotView(false, null, Now + TimeSpan.FromMilliseconds(1), false);
        var rested = new SlotView(false, null, Now, false);

        Assert.Equal([(1, "host-local-1")], Starts(View([resting, rested])));
    }

    [Fact]
    public void An_abandoned_slot_stays_empty() =>
        Assert.Empty(Starts(View([new SlotView(false, null, default, Abandoned: true)])));

    [Fact]
    public void Adopted_workers_count_toward_the_size_of_the_pool()
    {
        Assert.Equal([(0, "host-local-1")], Starts(View([Empty, Empty], adopted: 1)));
        Assert.Empty(Starts(View([Empty, Empty], adopted: 2)));
        Assert.Empty(Starts(View([Empty, Empty], adopted: 3)));
    }

    [Fact]
    public void For_each_worker_adopted_late_a_new_worker_is_drained()
    {
        var decision = PoolRule.Decide(View([Running(1), Running(2), Running(3)], adopted: 2), Prefix);

        Assert.Empty(decision.Start);
        Assert.Equal([2, 1], decision.Drain);
    }

    [Fact]
    public void A_full_pool_needs_no_change()
    {
        var decision = PoolRule.Decide(View([Running(1), Running(2)]), Prefix);

        Assert.Empty(decision.Start);
        Assert.Empty(decision.Drain);
    }

    private static SlotView Empty => new(false, null, default, false);

    private static SlotView Running(int number) => new(true, new WorkerName($"{Prefix}{number}"), default, false);

    private static LocalPoolView View(IReadOnlyList<SlotView> slots, int adopted = 0, string[]? taken = null) =>
        new(slots, adopted, (taken ?? []).Select(name => new WorkerName(name)).ToHashSet(), Now);

    private static IEnumerable<(int, string)> Starts(LocalPoolView view) =>
        PoolRule.Decide(view, Prefix).Start.Select(start => (start.Slot, start.Name.Text));
}
