using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Queues events for the loop, which is the only reader, in order. Events that can wait share a wake-up, because a
/// wake-up costs as much as running several of the shortest jobs.
/// <para>The queue does not enforce a limit, but its length is bounded. It contains at most a start, a report and an
/// end for each attempt, a return for each slot, and a reply for each message. There are at most a thousand attempts,
/// and only the first two stop signals are enqueued.</para>
/// </summary>
internal sealed class Inbox(IWakeSignal signal, TimeProvider clock)
{
    /// <summary>
    /// Minimum interval between two coalesced wake-ups. A wake-up costs two thread switches, so events from many
    /// concurrent jobs that follow the first within this interval are delivered together.
    /// </summary>
    private static readonly TimeSpan MinWakeInterval = TimeSpan.FromMicroseconds(500);

    /// <summary>
    /// The delay of a deferred wake-up. It is the shortest time for which the loop can wait. Because of the kernel's
    /// tick, the actual delay can be up to five milliseconds.
    /// </summary>
    private static readonly TimeSpan DeferredDelay = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentQueue<WorkerEvent> _events = new();

    // The timestamp of the last immediate wake-up for a coalesced event.
    private long _lastWake = clock.GetTimestamp();

    public void Enqueue(WorkerEvent happened)
    {
        _events.Enqueue(happened);
        Wake();
    }

    /// <summary>
    /// Enqueues without waking the loop. The caller wakes it soon afterwards, or relies on a pending wake-up.
    /// </summary>
    public void EnqueueSilently(WorkerEvent happened) => _events.Enqueue(happened);

    /// <summary>
    /// Enqueues one of several events that occur together. The first event wakes the loop; further events within
    /// <see cref="MinWakeInterval"/> share one deferred wake-up.
    /// </summary>
    public void EnqueueCoalesced(WorkerEvent happened)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(Volatile.Read(ref _lastWake), now) < MinWakeInterval)
        {
            EnqueueDeferred(happened);
            return;
        }
        Volatile.Write(ref _lastWake, now);
        Enqueue(happened);
    }

    /// <summary>
    /// Enqueues an event that is not urgent. The loop reads it with the next urgent event, or after a few milliseconds.
    /// </summary>
    public void EnqueueDeferred(WorkerEvent happened)
    {
        _events.Enqueue(happened);
        signal.WakeWithin(DeferredDelay);
    }

    public void Wake() => signal.Wake();

    public bool TryDequeue([NotNullWhen(true)] out WorkerEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>
    /// Returns on the first wake-up since the last call, or after the timeout. Every event that was enqueued before
    /// that wake-up can then be dequeued.
    /// </summary>
    public void Wait(TimeSpan? timeout) => signal.Wait(timeout);
}
