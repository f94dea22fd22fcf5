using System.Diagnostics.CodeAnalysis;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Performs the I/O of the <see cref="Shard"/> with its store and mailbox. This class makes no decisions: the
/// <see cref="ShardRunner"/> calls it and determines the order. The simulation replaces only this class.
/// </summary>
internal sealed partial class ShardLoop : IShardIo
{
    private const long LargeLoad = 50_000;

    private readonly ShardRunner _runner;
    private readonly OwnedStore _store;
    private readonly ShardMailbox _mailbox;
    private readonly IEffectObserver[] _observers;
    private readonly HashSet<IEffectObserver> _failedObservers = [];
    private readonly TimeProvider _time;
    private readonly ILogger<ShardLoop> _logger;
    private readonly RowReads _reads;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _loadRequested;
    private Batch? _commitRequested;
    private Elapsed? _wakeAt;
    private Reason? _stop;

    public ShardLoop(
        Func<Broker> newBroker,
        OwnedStore store,
        ShardMailbox mailbox,
        IReadOnlyList<IEffectObserver> observers,
        TimeProvider time,
        ILogger<ShardLoop> logger
    )
    {
        (_store, _mailbox, _observers, _time, _logger) = (store, mailbox, [.. observers], time, logger);
        _runner = new ShardRunner(new Shard(newBroker, mailbox), this);
        _reads = new RowReads(store.Store, mailbox, ReadFailed);
    }

    /// <summary>Completes when all stored rows are in memory and the mailbox is open.</summary>
    public Task Loaded => _loaded.Task;

    public Instant Wall => Instant.From(_time.GetUtcNow());

    public Elapsed Monotonic => _mailbox.Monotonic;

    /// <summary>
    /// Runs until the mailbox is closed and empty (returns null), or until the shard stops (returns the reason).
    /// Cancelling <paramref name="giveUp"/> aborts the load.
    /// </summary>
    public async Task<string?> RunAsync(CancellationToken giveUp)
    {
        await using var alarm = _time.CreateTimer(
            static mailbox => ((ShardMailbox)mailbox!).Wake(),
            _mailbox,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            _runner.Wake();
            while (_stop is null)
            {
                if (_loadRequested)
                    await LoadAsync(giveUp);
                else if (_commitRequested is { } batch)
                    await CommitAsync(batch);
                else if (_mailbox.IsCompleted && _reads.Count == 0)
                    break;
                else
                    await WaitAsync(alarm);
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // The shard was stopped before the load was complete.
        }
#pragma warning disable CA1031 // A failure of this loop ends the ownership of the store and fails every waiting caller.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopFailed(fault);
            _stop = fault is HeadraceException known
                ? known.Reason
                : $"The broker failed: {fault.Message} This is a bug in Headrace; the store is in the state "
                    + "of the last commit.";
        }
        _loaded.TrySetException(new MailboxClosedException(_stop ?? "The server is stopping."));
        _mailbox.FailAll(_stop ?? "The server is stopping.");
        return _stop?.Detail;
    }

    bool IShardIo.TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent) => _mailbox.TryTakeEvent(out shardEvent);

    void IShardIo.StartLoad() => _loadRequested = true;

    void IShardIo.StartCommit(Batch batch) => _commitRequested = batch;

    void IShardIo.StartReads(IReadOnlyList<RowRequest> requests) => _reads.Start(requests);

    void IShardIo.Publish(
        IReadOnlyList<(RequestId RequestId, Response Response)> responses,
        IReadOnlyList<Effect> effects
    )
    {
        // The effects are published before the responses, so that a caller that has received a response finds its
        // change in the registry.
        if (effects.Count > 0)
            foreach (var observer in _observers)
                Notify(observer, effects);
        foreach (var (requestId, response) in responses)
            _mailbox.Complete(requestId, response);
    }

    private void Notify(IEffectObserver observer, IReadOnlyList<Effect> effects)
    {
        try
        {
            observer.Observe(effects);
        }
#pragma warning disable CA1031 // The batch is durable. A failed log, event or metric must not stop the server.
        catch (Exception fault) when (!observer.IsEssential)
#pragma warning restore CA1031
        {
            // There can be a thousand batches per second, so only the first failure is logged.
            if (_failedObservers.Add(observer))
                ObserverFailed(new LoggedFault(fault), observer.GetType().Name);
        }
    }

    void IShardIo.WakeAt(Elapsed monotonic) => _wakeAt = monotonic;

    void IShardIo.Stop(Reason reason)
    {
        Stopping(reason.Detail);
        _stop = reason;
    }

    private async Task WaitAsync(ITimer alarm)
    {
        var wait = _wakeAt is { } at ? at - Monotonic : Timeout.InfiniteTimeSpan;
        // The wait is rounded up to whole milliseconds, which is the resolution of the timer, because a timer that
        // fires too early would have to be set again.
        if (_wakeAt is not null)
            wait =
                wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero;
        alarm.Change(wait, Timeout.InfiniteTimeSpan);
        await _mailbox.WaitAsync();
        _runner.Wake();
    }

    private async Task CommitAsync(Batch batch)
    {
        _commitRequested = null;
        // Crash point 2: the batch is applied only in memory and no reply has been sent (R1). The store is in the state
        // of the last commit: the submissions in the batch were never acknowledged, and its claims were never sent to a
        // worker.
        CrashPoint.Reached(2);
        var started = _time.GetTimestamp();
        var result = await _store.Store.CommitAsync(batch, _store.Epoch, CancellationToken.None);
        // Crash point 3: the batch is on disk but no reply has been sent. Clients that resubmit their jobs with the
        // same idempotency keys get the stored jobs. Workers send their outcomes again, and the duplicates are dropped.
        // Claimed jobs stay with their lease holders and are sent in the reply to the repeated exchange (R4, R6).
        if (result is CommitResult.Durable)
            CrashPoint.Reached(3);
        _store.Meters?.Committed(batch, result, _time.GetElapsedTime(started));
        Observe(result);
        _runner.OnCommitted(result);
        if (_stop is not null)
            return;
        await _store.Store.MaintainAsync();
        _runner.Wake();
    }

    private async Task LoadAsync(CancellationToken giveUp)
    {
        _loadRequested = false;
        var started = Monotonic;
        _runner.Restore(_store.Store.Store);
        var rows = 0L;
        await foreach (var row in _store.Store.LoadAsync(giveUp))
        {
            _runner.Restore(row);
            rows++;
        }
        LoadedRows(rows, (long)(Monotonic - started).TotalMilliseconds);
        // Loading a million rows leaves hundreds of megabytes of garbage (rows, and tables that were replaced as they
        // grew), which an idle server would not collect.
        if (rows > LargeLoad)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _runner.OnLoaded();
        _mailbox.Open();
        _loaded.TrySetResult();
    }

    private void Observe(CommitResult result)
    {
        if (result is CommitResult.Later { NoRoom: true })
            _store.Room?.OnOutOfSpace();
        var why = result switch
        {
            CommitResult.Later later => later.Why,
            CommitResult.Unknown unknown => unknown.Why,
            _ => null,
        };
        if (why is not null && _mailbox.Trouble is null)
            CommitDelayed(why.Detail);
        if (why is null && _mailbox.Trouble is not null)
            CommitResumed();
        _mailbox.Trouble = why;
    }
}
