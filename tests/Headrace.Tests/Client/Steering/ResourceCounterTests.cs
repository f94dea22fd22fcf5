using Headrace.Client.Steering;
using Xunit;

namespace Headrace.Tests.Client.Steering;

public sealed class ResourceCounterTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly ResourceCounter _slots = new(6, "simulate", "train");

    public ResourceCounterTests()
    {
        _slots.Allocate("simulate", 4);
        _slots.Allocate("train", 1);
    }

    private (int Reserve, int Simulate, int FreeSimulate, int Train, int FreeTrain) Counts =>
        (
            _slots.Reserve,
            _slots.CountAllocated("simulate"),
            _slots.CountFree("simulate"),
            _slots.CountAllocated("train"),
            _slots.CountFree("train")
        );

    [Fact]
    public async Task Slots_are_acquired_released_and_moved()
    {
        Assert.Equal((1, 4, 4, 1, 1), Counts);
        Assert.True(await _slots.AcquireAsync("simulate", 3, cancellationToken: Stop));
        Assert.False(await _slots.AcquireAsync("simulate", 2, TimeSpan.Zero, Stop));
        Assert.Equal((1, 4, 1, 1, 1), Counts);
        Assert.True(await MoveAsync("simulate", "train", 1));
        Assert.False(await MoveAsync("simulate", "train", timeout: TimeSpan.Zero));
        Assert.Equal((1, 3, 0, 2, 2), Counts);
        _slots.Release("simulate", 3);
        Assert.True(await MoveAsync("simulate", null));
        Assert.Equal((4, 0, 0, 2, 2), Counts);
        Assert.Equal(6, _slots.Total);
    }

    [Fact]
    public async Task Those_who_wait_are_served_in_their_order()
    {
        await _slots.AcquireAsync("simulate", 4, cancellationToken: Stop);
        var wide = _slots.AcquireAsync("simulate", 3, cancellationToken: Stop);
        var narrow = _slots.AcquireAsync("simulate", 1, cancellationToken: Stop);

        _slots.Release("simulate", 2);
        Assert.False(wide.IsCompleted || narrow.IsCompleted);
        _slots.Release("simulate");
        Assert.True(await wide);
        Assert.False(narrow.IsCompleted);
        _slots.Release("simulate");

        Assert.True(await narrow);
        Assert.Equal(0, _slots.CountFree("simulate"));
    }

    [Fact]
    public async Task A_wait_that_is_given_up_acquires_nothing_and_lets_the_next_one_pass()
    {
        using var cancel = new CancellationTokenSource();
        await _slots.AcquireAsync("simulate", 3, cancellationToken: Stop);
        var wide = _slots.AcquireAsync("simulate", 4, cancellationToken: cancel.Token);
        var narrow = _slots.AcquireAsync("simulate", 1, cancellationToken: Stop);
        Assert.False(narrow.IsCompleted);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wide);
        Assert.True(await narrow);
        Assert.Equal((1, 4, 0, 1, 1), Counts);
    }

    [Fact]
    public async Task A_pool_loses_slots_as_soon_as_they_are_free()
    {
        await _slots.AcquireAsync("simulate", 4, cancellationToken: Stop);
        var moving = MoveAsync("simulate", "train", 2);
        var training = _slots.AcquireAsync("train", 3, cancellationToken: Stop);

        _slots.Release("simulate", 2);

        Assert.True(await moving);
        Assert.True(await training);
        Assert.Equal((1, 2, 0, 3, 0), Counts);
    }

    [Fact]
    public async Task Slots_are_neither_lost_nor_doubled_under_many_threads()
    {
        var random = new Random(7);
        var plans = Enumerable.Range(0, 200).Select(_ => (random.Next(4), random.Next(1, 4))).ToList();

        await Parallel.ForEachAsync(
            plans,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Stop },
            async (plan, stop) =>
            {
                var (kind, slots) = plan;
                var (from, to) = kind % 2 == 0 ? ("simulate", "train") : ("train", "simulate");
                var patience = TimeSpan.FromMilliseconds(1);
                if (kind < 2 && await _slots.AcquireAsync(from, slots, patience, stop))
                    _slots.Release(from, slots);
                try
                {
                    if (kind >= 2)
                        await _slots.ReallocateAsync(from, to, 1, patience, stop);
                }
                catch (ArgumentOutOfRangeException)
                {
                    // The pool has no slots at the moment.
                }
            }
        );

        Assert.Equal(1, _slots.Reserve);
        Assert.Equal(5, _slots.CountAllocated("simulate") + _slots.CountAllocated("train"));
        Assert.Equal(5, _slots.CountFree("simulate") + _slots.CountFree("train"));
    }

    [Fact]
    public async Task Wrong_numbers_and_names_are_refused_with_the_value()
    {
        var released = Assert.Throws<ArgumentOutOfRangeException>(() => _slots.Release("simulate"));
        var allocated = Assert.Throws<ArgumentOutOfRangeException>(() => _slots.Allocate("train", 2));
        var moved = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => MoveAsync("train", "simulate", 2));
        var none = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            _slots.AcquireAsync("train", 0, cancellationToken: Stop)
        );
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => MoveAsync("train", "x", 1));

        Assert.Contains("0 acquired slots", released.Message, StringComparison.Ordinal);
        Assert.Contains("The reserve has 1 slots.", allocated.Message, StringComparison.Ordinal);
        Assert.Contains("The pool 'train' has 1 slots.", moved.Message, StringComparison.Ordinal);
        Assert.Equal("slots", none.ParamName);
        Assert.Contains("There is no pool 'x'. Pools: simulate, train.", unknown.Message, StringComparison.Ordinal);
        Assert.Equal((1, 4, 4, 1, 1), Counts);
    }

    private Task<bool> MoveAsync(string from, string? to, int? slots = null, TimeSpan? timeout = null) =>
        _slots.ReallocateAsync(from, to, slots, timeout, Stop);
}
