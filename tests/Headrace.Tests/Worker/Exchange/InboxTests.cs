using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests which events wake the worker loop, and when.</summary>
public sealed class InboxTests
{
    private static readonly TimeSpan Deferred = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingSignal _signal = new();

    [Fact]
    public void Coalesced_events_that_occur_together_are_deferred_and_all_of_them_can_be_read()
    {
        var inbox = new Inbox(_signal, _time);
        for (var i = 0; i < 16; i++)
            inbox.EnqueueCoalesced(new WorkerEvent.Woke());

        Assert.Equal(Enumerable.Repeat<TimeSpan?>(Deferred, 16), _signal.Wakes);
        Assert.Equal(16, TakeAll(inbox));
    }

    [Fact]
    public void The_first_of_several_coalesced_events_is_not_delayed_by_other_wakes()
    {
        var inbox = new Inbox(_signal, _time);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        inbox.Enqueue(new WorkerEvent.Woke());

        inbox.EnqueueCoalesced(new WorkerEvent.Woke());
        inbox.EnqueueCoalesced(new WorkerEvent.Woke());

        Assert.Equal([null, null, Deferred], _signal.Wakes);
    }

    [Fact]
    public void Events_that_nothing_waits_for_do_not_wake_the_loop_immediately()
    {
        var inbox = new Inbox(_signal, _time);
        _time.Advance(TimeSpan.FromSeconds(1));

        inbox.EnqueueDeferred(new WorkerEvent.Woke());
        inbox.EnqueueSilently(new WorkerEvent.Woke());

        Assert.Equal([Deferred], _signal.Wakes);
        Assert.Equal(2, TakeAll(inbox));
    }

    private static int TakeAll(Inbox inbox)
    {
        var taken = 0;
        while (inbox.TryDequeue(out _))
            taken++;
        return taken;
    }

    /// <summary>Records the wake-ups: null for an immediate wake-up; otherwise, its delay.</summary>
    private sealed class RecordingSignal : IWakeSignal
    {
        public List<TimeSpan?> Wakes { get; } = [];

        public void Wake() => Wakes.Add(null);

        public void WakeWithin(TimeSpan delay) => Wakes.Add(delay);

        public void Wait(TimeSpan? timeout) => throw new NotSupportedException();
    }
}
