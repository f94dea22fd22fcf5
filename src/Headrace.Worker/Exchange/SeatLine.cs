using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the jobs of one slot one after the other. The state machine assigns several short jobs to the slot in advance,
/// and they run on one thread: waking a thread costs as much as ten of the shortest jobs.
/// <para>The loop is therefore woken only when the queue is empty or <see cref="BetweenWakes"/> has passed since the
/// last wake-up. If one job is unexpectedly long, the loop reads the ends of the jobs before it when the slot's timeout
/// expires (<see cref="WorkerRules.DeckPatience"/>): it sets a timer for that while it sees an assigned job that has
/// not started.</para>
/// </summary>
internal sealed class SeatLine(Method? method, Inbox inbox, TimeProvider clock) : IThreadPoolWorkItem
{
    /// <summary>
    /// Minimum interval between two wake-ups: a tenth of the time in which one round of outcomes is recorded.
    /// </summary>
    private static readonly TimeSpan BetweenWakes = TimeSpan.FromMicroseconds(500);

    private readonly Action<WorkerEvent> _tell = inbox.AddQuietly;
    private readonly Lock _lock = new();

    // Guarded by _lock: the queued jobs, and whether a call is running or scheduled.
    private readonly Queue<Attempt> _next = [];
    private bool _runs;

    public void Add(Attempt attempt)
    {
        lock (_lock)
        {
            _next.Enqueue(attempt);
            if (_runs)
                return;
            _runs = true;
        }
        Go();
    }

    // Never on the loop's thread: a method may compute for hours before its first await.
    private void Go() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        Moment? now = null;
        var woken = clock.GetTimestamp();
        while (Take() is { } attempt)
        {
            var run = attempt.RunAsync(method, _tell, now);
            if (!run.IsCompleted)
            {
                inbox.Wake();
                _ = GoOnAfterAsync(run);
                return;
            }
            // A recalled job has not run and has no end time.
            if (attempt.Ended.Timestamp == 0)
                continue;
            now = attempt.Ended;
            if (clock.GetElapsedTime(woken, attempt.Ended.Timestamp) < BetweenWakes)
                continue;
            inbox.Wake();
            woken = attempt.Ended.Timestamp;
        }
        inbox.Wake();
    }

    /// <summary>
    /// Continues with the next job on a thread of its own. The code that completed the awaited operation resumes this
    /// method and must not be delayed by further jobs.
    /// </summary>
    private async Task GoOnAfterAsync(ValueTask<MethodEnd> run)
    {
        await run;
        inbox.Wake();
        Go();
    }

    private Attempt? Take()
    {
        lock (_lock)
        {
            if (_next.TryDequeue(out var attempt))
                return attempt;
            _runs = false;
            return null;
        }
    }
}
