namespace Headrace.Core;

/// <summary>
/// Decides <i>when</i> things happen: it collects waiting commands into one batch, requests its commit, and publishes
/// responses and effects once that commit is durable (R1). Only one commit is pending at a time; commands that arrive
/// in the meantime wait in the mailbox. The class is deterministic; <see cref="ShardRunner"/> executes its steps.
/// </summary>
internal sealed class Shard
{
    /// <summary>Maximum time between two wake-ups. Expired leases and stalls are detected within this time.</summary>
    public static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>Delay before the identical batch is retried after a transient failure (R5).</summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>The shortest gap between two turns that counts as a stall.</summary>
    private static readonly TimeSpan MinStallThreshold = TimeSpan.FromSeconds(1);

    private readonly Func<Broker> _newBroker;
    private readonly ShardClock _clock;
    private readonly ShardInbox _inbox;
    private readonly TickSchedule _ticks = new();
    private PendingCommit? _pendingCommit;
    private Elapsed? _retryAt;
    private bool _stepReported;
    private ShardPhase _phase;

    public Shard(Func<Broker> newBroker, ICommandSource mailbox)
    {
        _newBroker = newBroker;
        _inbox = new ShardInbox(mailbox);
        Broker = newBroker();
        // A gap of up to a sixth of a lease counts in full, so that slow commits do not prolong leases and waits. A
        // worker that keeps sending messages does not lose a lease to such a gap, because it sends a message at least
        // every third of its lease.
        var sixth = Broker.State.Options.Lease / 6;
        StallThreshold = sixth > MinStallThreshold ? sixth : MinStallThreshold;
        _clock = new ShardClock(StallThreshold);
    }

    public Broker Broker { get; private set; }

    public TimeSpan StallThreshold { get; }

    public Elapsed Elapsed => _clock.Elapsed;

    /// <summary>True if the next <see cref="ShardEvent.Woke"/> would build a batch of waiting commands.</summary>
    public bool HasWaiting => _phase == ShardPhase.Serving && _pendingCommit is null && _inbox.HasWaiting;

    /// <summary>
    /// Restores one stored row. Called after the <see cref="ShardStep.Load"/> step and before the
    /// <see cref="ShardEvent.Loaded"/> event.
    /// </summary>
    public void Restore(StoredRow row)
    {
        if (row is ShardRow shard)
            _clock.StartAt(shard.Now);
        Broker.Restore(row, default);
    }

    public IReadOnlyList<ShardStep> Handle(ShardEvent shardEvent, Instant wall, Elapsed monotonic)
    {
        var steps = new List<ShardStep>(2);
        switch (shardEvent)
        {
            case ShardEvent.Woke:
                OnWoke(wall, monotonic, steps);
                break;
            case ShardEvent.Committed committed:
                OnCommitted(committed.Result, monotonic, steps);
                break;
            case ShardEvent.RowsRead read:
                _inbox.ResumeWithRows(read.Request, read.Rows);
                break;
            case ShardEvent.ReadFailed failed when _inbox.IsWaitingFor(failed.Request):
                _inbox.Remove(failed.Request.RequestId);
                steps.Add(Reject(failed.Request.RequestId, StoreRejection.Unreadable(failed.Why)));
                Broker.OnCallerDisconnected(failed.Request.RequestId);
                break;
            case ShardEvent.CallerDisconnected callerDisconnected:
                _inbox.Remove(callerDisconnected.RequestId);
                Broker.OnCallerDisconnected(callerDisconnected.RequestId);
                break;
            case ShardEvent.Loaded:
                _phase = ShardPhase.Serving;
                _ticks.Reset();
                _clock.OnLoaded(wall, monotonic);
                if (Broker.State.Registry.LoadedEffect is { } loaded)
                    steps.Add(new ShardStep.Publish([], [loaded]));
                break;
        }
        return steps;
    }

    private void OnWoke(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase == ShardPhase.New)
        {
            _phase = ShardPhase.Loading;
            steps.Add(new ShardStep.Load());
            return;
        }
        if (_pendingCommit?.Outage is { } outage)
            RejectWaiting(outage, steps);
        if (_retryAt <= monotonic)
        {
            _retryAt = null;
            steps.Add(new ShardStep.Commit(_pendingCommit!.Batch));
        }
        else if (_phase == ShardPhase.Serving && _pendingCommit is null)
        {
            StartBatch(wall, monotonic, steps);
        }
    }

    private void StartBatch(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        var extended = _clock.Advance(wall, monotonic);
        var batch = new Batch(Broker.State.Options.CommandsPerBatch);
        if (extended > TimeSpan.Zero)
            batch.Add(new Effect.Stalled(extended));
        ReportClockStep(batch);
        if (Broker.State.NextWait <= _clock.Elapsed)
            ExpireWaits(steps);
        var pendingCommit = BuildBatch(batch);
        if (batch.NeedsCommit)
        {
            _pendingCommit = pendingCommit;
            steps.Add(new ShardStep.Commit(batch));
            return;
        }
        Publish(pendingCommit, steps);
        steps.Add(new ShardStep.WakeAt(_clock.ToMonotonic(_ticks.At)));
    }

    /// <summary>
    /// Answers the requests whose wait time has expired while everything in memory is durable, so that they do not wait
    /// for another commit (R1, R20).
    /// </summary>
    private void ExpireWaits(List<ShardStep> steps)
    {
        var batch = new Batch();
        Broker.ExpireWaits(ContextFor(batch));
        if (batch.Responses.Count > 0)
            steps.Add(new ShardStep.Publish(batch.Responses, []));
    }

    /// <summary>
    /// Builds one batch: waiting commands first, then timed work. A worker's message that arrived before the tick was
    /// due is therefore applied before any lease expires (R20).
    /// </summary>
    private PendingCommit BuildBatch(Batch batch)
    {
        var pendingCommit = new PendingCommit(batch);
        var due = _ticks.Begin(_clock.Elapsed, _inbox.InternalCount);
        while (!batch.IsFull && _inbox.TryTake(pendingCommit.Commands, tickDue: due, out var pending))
        {
            _ticks.OnTaken(pending);
            // A command that is committed alone arrived before the state was reloaded, so its arrival time predates
            // this clock.
            var arrived = pending.CommitAlone ? default : _clock.ArrivalOf(pending.ArrivedAt);
            if (pending.CallerGone)
            {
                Broker.OnMessageDropped(pending.Command, arrived);
                continue;
            }
            Broker.Apply(pending.RequestId, pending.Command, ContextFor(batch) with { Arrived = arrived });
            pendingCommit.Add(pending);
        }
        // A command that is committed alone must not share its batch with timed work, or a rejection would be
        // ambiguous.
        var ticks = due && _ticks.IsReached(_inbox.InternalCount) && !pendingCommit.IsIsolated;
        if (ticks)
            Broker.Apply(default, new Command.Tick(), ContextFor(batch));
        Broker.FinishBatch(ContextFor(batch));
        _ticks.End(ticks, _clock.Earliest(Broker.NextWakeUp(), TickPeriod));
        return pendingCommit;
    }

    private ApplyContext ContextFor(Batch batch) =>
        new(_clock.Now, _clock.Elapsed, batch) { Confirmed = _clock.Confirmed };

    private void OnCommitted(CommitResult result, Elapsed monotonic, List<ShardStep> steps)
    {
        var pendingCommit = _pendingCommit ?? throw new InvalidOperationException("No commit is pending.");
        switch (result)
        {
            case CommitResult.Durable:
                _pendingCommit = null;
                Publish(pendingCommit, steps);
                break;
            case CommitResult.Later later:
                var outage = later.NoRoom ? StoreRejection.DiskFull(later.Why) : StoreRejection.Unavailable(later.Why);
                RetryCommit(pendingCommit, outage, monotonic, steps);
                break;
            case CommitResult.Unknown unknown:
                RetryCommit(pendingCommit, StoreRejection.Unavailable(unknown.Why), monotonic, steps);
                break;
            case CommitResult.Refused refused
                when _inbox.RetryIndividually(pendingCommit.Commands, refused.Why, out var answered):
                Reload(pendingCommit, answered, refused.Why, steps);
                break;
            default:
                _phase = ShardPhase.Stopped;
                steps.Add(new ShardStep.Stop(StoreRejection.StopReason(result)));
                break;
        }
    }

    private void RetryCommit(PendingCommit pendingCommit, Rejection outage, Elapsed monotonic, List<ShardStep> steps)
    {
        pendingCommit.Outage = outage;
        RejectWaiting(outage, steps);
        _retryAt = monotonic + RetryPeriod;
        steps.Add(new ShardStep.WakeAt(_retryAt.Value));
    }

    private void RejectWaiting(Rejection outage, List<ShardStep> steps)
    {
        foreach (var waiting in _inbox.TakeRejectable())
        {
            // The command may still be waiting for a row read.
            Broker.OnCallerDisconnected(waiting.RequestId);
            steps.Add(Reject(waiting.RequestId, outage));
        }
    }

    /// <summary>
    /// Handles the rejection of a batch by the store. Such a rejection indicates a bug. The state in memory is
    /// now ahead of the disk, so it is discarded and loaded again. The commands of the batch are then retried
    /// one per batch (R5).
    /// </summary>
    private void Reload(
        PendingCommit pendingCommit,
        IReadOnlyList<(RequestId, Response)> answered,
        Reason reason,
        List<ShardStep> steps
    )
    {
        // Reject every parked request, and every earlier request that this batch would have answered. The commands of
        // the batch itself are answered when they are retried.
        var own = pendingCommit.Commands.Select(command => command.RequestId).ToHashSet();
        var parked = Broker
            .State.Parked.Concat(pendingCommit.Batch.Responses.Select(a => a.Ticket))
            .Where(requestId => requestId != default && !own.Contains(requestId));
        var rejected = new Response.Rejected(StoreRejection.Unavailable(reason));
        steps.Add(new ShardStep.Publish([.. answered, .. parked.Select(id => (id, (Response)rejected))], []));
        Broker = _newBroker();
        _pendingCommit = null;
        _phase = ShardPhase.Loading;
        steps.Add(new ShardStep.Load());
    }

    /// <summary>
    /// Publishes the responses of a durable batch, then starts the reads for the commands that need rows. Each of these
    /// commands is applied again with its rows (R2).
    /// </summary>
    private void Publish(PendingCommit pendingCommit, List<ShardStep> steps)
    {
        var answers = pendingCommit.Batch.Responses;
        // The parts of a split message have no caller.
        answers.RemoveAll(static a => a.Ticket == default);
        if (answers.Count > 0 || pendingCommit.Batch.Effects.Count > 0)
            steps.Add(new ShardStep.Publish(answers, pendingCommit.Batch.Effects));
        if (pendingCommit.Reads.Count == 0)
            return;
        var requests = new List<RowRequest>(pendingCommit.Reads.Count);
        foreach (var (command, keys) in pendingCommit.Reads)
        {
            // Skip the read if the caller disconnected while the commit was pending.
            if (!Broker.State.PendingReads.Contains(command.RequestId))
                continue;
            requests.Add(_inbox.AwaitRows(command, keys));
        }
        if (requests.Count > 0)
            steps.Add(new ShardStep.Read(requests));
    }

    /// <summary>
    /// Reports a large forward step of the wall clock when it is first seen, and again when it is confirmed or undone.
    /// </summary>
    private void ReportClockStep(Batch batch)
    {
        var step = _clock.UnconfirmedStep;
        Broker.State.UnconfirmedStep = step;
        if (_stepReported == step.HasValue)
            return;
        _stepReported = step.HasValue;
        batch.Add(new Effect.ClockStepped(step));
    }

    private static ShardStep.Publish Reject(RequestId requestId, Rejection rejection) =>
        new([(requestId, new Response.Rejected(rejection))], []);
}
