using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Performs the I/O of the <see cref="Shard"/>: reads the mailbox, passes events to the shard, and executes the steps
/// that the shard returns, in order. It makes no decisions. The simulation replaces only this loop.
/// </summary>
internal sealed partial class ShardLoop(
    Shard shard,
    OwnedStore store,
    ShardMailbox door,
    IReadOnlyList<IEffectObserver> observers,
    TimeProvider time,
    ILogger<ShardLoop> logger
)
{
    private const long LargeLoad = 50_000;

    private readonly long _start = time.GetTimestamp();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ShardStep> _steps = [];
    private Elapsed? _wakeAt;
    private string? _stop;

    /// <summary>Completes when all stored rows are in memory and the mailbox is open.</summary>
    public Task Loaded => _loaded.Task;

    private Elapsed Monotonic => new(time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>
    /// Runs until the mailbox is closed and empty (returns null), or until the shard stops (returns the reason).
    /// Cancelling <paramref name="giveUp"/> aborts the load.
    /// </summary>
    public async Task<string?> RunAsync(CancellationToken giveUp)
    {
        await using var alarm = time.CreateTimer(
            static door => ((ShardMailbox)door!).Wake(),
            door,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            await ProcessAsync(new ShardEvent.Woke(), giveUp);
            while (_stop is null && await WaitAsync(alarm))
            {
                Receive();
                await ProcessAsync(new ShardEvent.Woke(), giveUp);
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // Stopped before the load was complete.
        }
#pragma warning disable CA1031 // A failure of this loop ends the ownership of the store and fails every waiting caller.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopFailed(fault);
            _stop =
                fault is HeadraceException
                    ? fault.Message
                    : $"The broker failed: {fault.Message} This is a bug in Headrace; the store is in the state "
                        + "of the last commit.";
        }
        _loaded.TrySetException(new MailboxClosedException(_stop ?? "The server is stopping."));
        door.FailAll(_stop ?? "The server is stopping.");
        return _stop;
    }

    private ValueTask<bool> WaitAsync(ITimer alarm)
    {
        var wait = _wakeAt is { } at ? at - Monotonic : Timeout.InfiniteTimeSpan;
        // The wait is rounded up to whole milliseconds, the resolution of the timer. A timer that fires too early would
        // have to be set again.
        if (_wakeAt is not null)
            wait =
                wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero;
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
        return door.Requests.WaitToReadAsync(CancellationToken.None);
    }

    /// <summary>
    /// Passes at most one batch of waiting commands to the shard. The other commands stay in the mailbox, which is
    /// bounded.
    /// </summary>
    private void Receive()
    {
        for (var i = 0; i < Limits.CommandsPerBatch && door.TryTake(out var requestId, out var command); i++)
            _steps.AddRange(Notify(new ShardEvent.CommandArrived(requestId, command)));
        while (door.TryTakeAbandoned(out var gone))
            _steps.AddRange(Notify(new ShardEvent.CallerDisconnected(gone)));
    }

    /// <summary>Executes the steps of the shard until it returns no more steps.</summary>
    private async Task ProcessAsync(ShardEvent happened, CancellationToken giveUp)
    {
        _steps.AddRange(Notify(happened));
        for (var i = 0; i < _steps.Count && _stop is null; i++)
        {
            switch (_steps[i])
            {
                case ShardStep.Load:
                    await LoadAsync(giveUp);
                    break;
                case ShardStep.Commit commit:
                    // Crash point 2: the batch is applied only in memory and no reply has been sent (R1). The store is
                    // in the state of the last commit: the submissions of the batch were never accepted and its claims
                    // were never sent to a worker.
                    CrashPoint.Reached(2);
                    var result = await store.Store.CommitAsync(commit.Batch, store.Epoch, CancellationToken.None);
                    // Crash point 3: the batch is on disk but no reply has been sent. Clients that resubmit their jobs
                    // with the same idempotency keys get the stored jobs. Workers send their outcomes again, and the
                    // repeats are dropped. Claims stay with their lease holders and are sent in the reply to the
                    // repeated exchange (R4, R6).
                    if (result is CommitResult.Durable)
                        CrashPoint.Reached(3);
                    Observe(result);
                    _steps.AddRange(Notify(new ShardEvent.Committed(result)));
                    break;
                case ShardStep.Publish publish:
                    Release(publish);
                    break;
                case ShardStep.Read:
                    var reads = _steps
                        .Skip(i)
                        .TakeWhile(step => step is ShardStep.Read)
                        .Cast<ShardStep.Read>()
                        .ToList();
                    await ReadAsync(reads);
                    i += reads.Count - 1;
                    break;
                case ShardStep.WakeAt wake:
                    _wakeAt = wake.Elapsed;
                    break;
                case ShardStep.Stop stop:
                    Stopping(stop.Reason);
                    _stop = stop.Reason;
                    break;
                default:
                    throw new InvalidOperationException($"Unsupported shard step {_steps[i].GetType().Name}.");
            }
        }
        _steps.Clear();
    }

    private async Task LoadAsync(CancellationToken giveUp)
    {
        shard.Restore(store.Store.Store);
        var rows = 0L;
        await foreach (var row in store.Store.LoadAsync(giveUp))
        {
            shard.Restore(row);
            rows++;
        }
        LoadedRows(rows, Monotonic.Micros / 1000);
        // Loading a million rows leaves hundreds of megabytes of garbage (rows, and tables that were replaced as they
        // grew), which an idle server would not collect.
        if (rows > LargeLoad)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _steps.AddRange(Notify(new ShardEvent.Loaded()));
        door.Open();
        _loaded.TrySetResult();
    }

    private void Release(ShardStep.Publish publish)
    {
        foreach (var (requestId, answer) in publish.Responses)
            door.Complete(requestId, answer);
        foreach (var effect in publish.Effects)
            foreach (var observer in observers)
                observer.Observe(effect);
    }

    /// <summary>
    /// Reads the rows for several commands in parallel, then lets the shard process all of these commands in one batch.
    /// </summary>
    private async Task ReadAsync(IReadOnlyList<ShardStep.Read> reads)
    {
        var rows = await Task.WhenAll(reads.Select(read => store.Store.ReadAsync(read.Keys, CancellationToken.None)));
        foreach (var (read, found) in reads.Zip(rows))
            _steps.AddRange(Notify(new ShardEvent.RowsRead(read.RequestId, found)));
        _steps.AddRange(Notify(new ShardEvent.Woke()));
    }

    private void Observe(CommitResult result)
    {
        if (result is CommitResult.Later { NoRoom: true })
            store.Room?.OnOutOfSpace();
        var why = result switch
        {
            CommitResult.Later later => later.Why,
            CommitResult.Unknown unknown => unknown.Why,
            _ => null,
        };
        if (why is not null && door.Trouble is null)
            CommitDelayed(why);
        if (why is null && door.Trouble is not null)
            CommitResumed();
        door.Trouble = why;
    }

    private IReadOnlyList<ShardStep> Notify(ShardEvent happened) =>
        shard.Handle(happened, Instant.From(time.GetUtcNow()), Monotonic);
}
