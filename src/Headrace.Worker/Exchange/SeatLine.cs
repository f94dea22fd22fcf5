using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// The jobs of one seat, called one after the other. Short ones, of which the machine hands over several ahead, follow each other on one thread: to wake a thread costs as much as ten of the shortest jobs.
/// </summary>
internal sealed class SeatLine(Method? method) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();

    // Under _lock: what comes next, and whether a call runs or is about to.
    private readonly Queue<Attempt> _next = [];
    private bool _runs;

    public void Add(Attempt attempt)
    {
        lock (_lock)
        {
            _next.Enqueue(attempt);
            if (_runs) return;
            _runs = true;
        }
        Go();
    }

    // Off the loop from the start: a method may compute for hours before it first waits.
    private void Go() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        Moment? now = null;
        while (Take() is { } attempt)
        {
            var run = attempt.RunAsync(method, now);
            if (!run.IsCompleted)
            {
                _ = GoOnAfterAsync(run);
                return;
            }
            // One that was taken back has not run, and knows no moment.
            now = attempt.Ended.Timestamp == 0 ? null : attempt.Ended;
        }
    }

    /// <summary>Whoever completes what a method waited for goes on from here, and is not to be held up: the next job has a thread of its own again.</summary>
    private async Task GoOnAfterAsync(ValueTask<Leases.MethodEnd> run)
    {
        await run;
        Go();
    }

    private Attempt? Take()
    {
        lock (_lock)
        {
            if (_next.TryDequeue(out var attempt)) return attempt;
            _runs = false;
            return null;
        }
    }
}
