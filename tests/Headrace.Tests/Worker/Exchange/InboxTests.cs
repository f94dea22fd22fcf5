using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests which events wake the worker loop, and when.</summary>
public sealed class InboxTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Any_number_of_deferred_events_wake_the_loop_once_a_millisecond_later()
    {
        var inbox = new Inbox(_time);
        for (var i = 0; i < 16; i++)
            inbox.EnqueueCoalesced(new WorkerEvent.Woke());
        var woken = Woken(inbox);
        var before = woken.IsCompleted;
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(before);
        Assert.True(await woken);
        Assert.Equal(16, TakeAll(inbox));
        Assert.False(Woken(inbox).IsCompleted);
    }

    [Fact]
    public async Task The_first_of_several_coalesced_events_is_not_delayed_by_other_wakes()
    {
        var inbox = new Inbox(_time);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        inbox.Enqueue(new WorkerEvent.Woke());
        Assert.True(Woken(inbox).IsCompleted);

        inbox.EnqueueCoalesced(new WorkerEvent.Woke());
        var first = Woken(inbox).IsCompleted;
        inbox.EnqueueCoalesced(new WorkerEvent.Woke());
        var second = Woken(inbox);

        Assert.True(first);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await second);
    }

    [Fact]
    public void Events_that_nothing_waits_for_do_not_wake_the_loop_immediately()
    {
        var inbox = new Inbox(_time);
        _time.Advance(TimeSpan.FromSeconds(1));

        inbox.EnqueueDeferred(new WorkerEvent.Woke());

        Assert.False(Woken(inbox).IsCompleted);
    }

    [Fact]
    public async Task After_a_timer_fires_the_next_one_can_be_set()
    {
        var inbox = new Inbox(_time);
        for (var round = 0; round < 3; round++)
        {
            inbox.EnqueueDeferred(new WorkerEvent.Woke());
            var woken = Woken(inbox);
            Assert.False(woken.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await woken);
        }
    }

    private static Task<bool> Woken(Inbox inbox) => inbox.WaitAsync(TestContext.Current.CancellationToken).AsTask();

    private static int TakeAll(Inbox inbox)
    {
        var taken = 0;
        while (inbox.TryDequeue(out _))
            taken++;
        return taken;
    }
}
