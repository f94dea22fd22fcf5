using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The I/O around the <see cref="Shard"/>: reads the inbox, tells the shard, and does what it says, in its order. It
/// decides nothing.
/// The simulation replaces this loop and nothing else.
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

    /// <summary>Ends when every stored row is in memory and the door is open.</summary>
    public Task Loaded => _loaded.Task;

    private Elapsed Monotonic => new(time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>
    /// Runs until the door is closed for good and the inbox empty (null), or until the shard says stop (why).
    /// Cancelling gives up the load.
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
            // Told to stop before there was anything to serve.
        }
#pragma warning disable CA1031 // Around the loop that owns the store: whatever fails here ends the ownership, in words, and sends everybody away who waits.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopFailed(fault);
            _stop =
                fault is HeadraceException
                    ? fault.Message
                    : $"The broker failed: {fault.Message} This is a defect of ours; the store is as the last commit left it.";
        }
        _loaded.TrySetException(new MailboxClosedException(_stop ?? "The server is stopping."));
        door.FailAll(_stop ?? "The server is stopping.");
        return _stop;
    }

    private ValueTask<bool> WaitAsync(ITimer alarm)
    {
        var wait = _wakeAt is { } at ? at - Monotonic : Timeout.InfiniteTimeSpan;
        // Rounded up to the timer's grain: an alarm that goes early would only be set again.
        if (_wakeAt is not null)
            wait =
                wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero;
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
        return door.Requests.WaitToReadAsync(CancellationToken.None);
    }

    /// <summary>
    /// Hands on what waits, at most one batch of it: the rest stays in the inbox, where it is bounded.
    /// </summary>
    private void Receive()
    {
        for (var i = 0; i < Limits.CommandsPerBatch && door.TryTake(out var requestId, out var command); i++)
            _steps.AddRange(Notify(new ShardEvent.CommandArrived(requestId, command)));
        while (door.TryTakeAbandoned(out var gone))
            _steps.AddRange(Notify(new ShardEvent.CallerDisconnected(gone)));
    }

    /// <summary>Does what the shard says until it says nothing more.</summary>
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
                    // Crash point 2: the batch is applied in memory alone, and nobody has heard of it (R1). The store
                    // is as the last commit left it:
                    // what the batch took in was never accepted, what it gave out was never given.
                    CrashPoint.Reached(2);
                    var result = await store.Journal.CommitAsync(commit.Batch, store.Epoch, CancellationToken.None);
                    // Crash point 3: the batch is on disk, and nobody has heard of it. Jobs are there that their
                    // submitters do not know of: sent again with their keys they are
                    // these jobs. Outcomes come again and are dropped; claims stay with their holders and go out in the
                    // answer to the repeated exchange (R4, R6).
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
                    throw new InvalidOperationException($"The loop does not know the step {_steps[i].GetType().Name}.");
            }
        }
        _steps.Clear();
    }

    private async Task LoadAsync(CancellationToken giveUp)
    {
        shard.Restore(store.Journal.Store);
        var rows = 0L;
        await foreach (var row in store.Journal.LoadAsync(giveUp))
        {
            shard.Restore(row);
            rows++;
        }
        LoadedRows(rows, Monotonic.Micros / 1000);
        // A load of a million rows leaves hundreds of megabytes of rows and outgrown tables behind, and a server that
        // then idles would keep them.
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
    /// Reads side by side what several commands need, and lets the shard go on with all of them in one batch.
    /// </summary>
    private async Task ReadAsync(IReadOnlyList<ShardStep.Read> reads)
    {
        var rows = await Task.WhenAll(reads.Select(read => store.Journal.ReadAsync(read.Keys, CancellationToken.None)));
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
