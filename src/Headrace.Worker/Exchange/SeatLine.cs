using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// The jobs of one seat, called one after the other. Short ones, of which the machine hands over several ahead, follow
/// each other on one thread: to wake a thread costs as much as ten of the shortest jobs.
/// <para>So the loop is woken when there is nothing more to call, or a while after the last time. Should a job be long
/// for once, the loop hears of those before it when its patience with the seat
/// is over (<see cref="WorkerRules.DeckPatience"/>): as long as it takes a job for handed over and not begun, it wakes
/// for that.</para>
/// </summary>
internal sealed class SeatLine(Method? method, Inbox inbox, TimeProvider clock) : IThreadPoolWorkItem
{
    /// <summary>A tenth of what a round of outcomes takes to be recorded.</summary>
    private static readonly TimeSpan BetweenWakes = TimeSpan.FromMicroseconds(500);

    private readonly Action<WorkerEvent> _tell = inbox.AddQuietly;
    private readonly Lock _lock = new();

    // Under _lock: what comes next, and whether a call runs or is about to.
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

    // Off the loop from the start: a method may compute for hours before it first waits.
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
            // One that was taken back has not run, and knows no moment.
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
    /// Whoever completes what a method waited for goes on from here, and is not to be held up: the next job has a
    /// thread of its own again.
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
