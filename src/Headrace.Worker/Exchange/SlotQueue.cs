using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the jobs of one slot one after the other. The state machine assigns several short jobs to the slot in advance,
/// and they run on one thread, because waking a thread costs as much as running ten of the shortest jobs.
/// <para>For the same reason, the loop is woken only when the queue is empty or <see cref="MinWakeInterval"/> has
/// passed since the last wake-up. If a job runs unexpectedly long, the loop reads the ends of the earlier jobs when the
/// slot's timeout expires (<see cref="WorkerRules.LocalQueueTimeout"/>). It sets a timer for this timeout as long as an
/// assigned job has not started.</para>
/// </summary>
internal sealed class SlotQueue(Method? method, Inbox inbox, TimeProvider clock) : IThreadPoolWorkItem
{
    /// <summary>
    /// Minimum interval between two wake-ups: a tenth of the time that it takes to record one round of outcomes.
    /// </summary>
    private static readonly TimeSpan MinWakeInterval = TimeSpan.FromMicroseconds(500);

    private readonly Action<WorkerEvent> _post = inbox.EnqueueSilently;
    private readonly Lock _lock = new();

    // Guarded by _lock: the queued jobs, and whether a call is running or scheduled.
    private readonly Queue<JobAttempt> _next = [];
    private bool _isRunning;

    public void Add(JobAttempt attempt)
    {
        lock (_lock)
        {
            _next.Enqueue(attempt);
            if (_isRunning)
                return;
            _isRunning = true;
        }
        Schedule();
    }

    // Methods never run on the loop's thread, because a method may compute for hours before its first await.
    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        TimeSample? now = null;
        var woken = clock.GetTimestamp();
        while (TryDequeue() is { } attempt)
        {
            var run = attempt.RunAsync(method, _post, now);
            if (!run.IsCompleted)
            {
                inbox.Wake();
                _ = ContinueAfterAsync(run);
                return;
            }
            // A recalled job has not run and has no end time.
            if (attempt.EndedAt.Timestamp == 0)
                continue;
            now = attempt.EndedAt;
            if (clock.GetElapsedTime(woken, attempt.EndedAt.Timestamp) < MinWakeInterval)
                continue;
            inbox.Wake();
            woken = attempt.EndedAt.Timestamp;
        }
        inbox.Wake();
    }

    /// <summary>
    /// Continues with the next job on another thread. The code that completed the awaited operation resumes this method
    /// and must not be delayed by further jobs.
    /// </summary>
    private async Task ContinueAfterAsync(ValueTask<MethodEnd> run)
    {
        await run;
        inbox.Wake();
        Schedule();
    }

    private JobAttempt? TryDequeue()
    {
        lock (_lock)
        {
            if (_next.TryDequeue(out var attempt))
                return attempt;
            _isRunning = false;
            return null;
        }
    }
}
