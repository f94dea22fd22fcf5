using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests when the loop is woken for events.</summary>
public sealed class InboxTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_can_wait_wakes_the_loop_once_a_millisecond_later_however_much_it_is()
    {
        var inbox = new Inbox(_time);
        for (var i = 0; i < 16; i++)
            inbox.EnqueueCoalesced(new WorkerEvent.Woke());
        var woken = Woken(inbox);
        var before = woken.IsCompleted;
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(before);
        Assert.True(await woken);
        Assert.Equal(16, Taken(inbox));
        Assert.False(Woken(inbox).IsCompleted);
    }

    [Fact]
    public async Task The_first_of_several_does_not_wait_whoever_else_has_woken_the_loop()
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
    public void What_nobody_waits_for_wakes_nobody_at_once()
    {
        var inbox = new Inbox(_time);
        _time.Advance(TimeSpan.FromSeconds(1));

        inbox.EnqueueDeferred(new WorkerEvent.Woke());

        Assert.False(Woken(inbox).IsCompleted);
    }

    [Fact]
    public async Task After_the_alarm_the_next_one_can_be_set()
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

    private static int Taken(Inbox inbox)
    {
        var taken = 0;
        while (inbox.TryDequeue(out _))
            taken++;
        return taken;
    }
}
