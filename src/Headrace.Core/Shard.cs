namespace Headrace.Core;

/// <summary>
/// Decides <i>when</i> things happen: it collects waiting commands into one batch, requests its commit, and publishes
/// responses and effects once that commit is durable (R1). Only one commit is pending at a time; commands that arrive
/// meanwhile wait. The class is deterministic; the loop around it does only I/O.
/// </summary>
internal sealed class Shard(Func<Broker> newBroker)
{
    /// <summary>Maximum time between two wake-ups, and so the delay in detecting an expired lease or a stall.</summary>
    public static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>Delay before the identical batch is retried after a transient failure (R5).</summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(200);

    private readonly ShardClock _clock = new();
    private readonly ShardInbox _inbox = new();
    private PendingCommit? _pendingCommit;
    private Elapsed? _retryAt;
    private Elapsed _tickAt;

    /// <summary>Commands that waited through a stall and must be applied before the next tick.</summary>
    private int _backlog;
    private Phase _phase = Phase.New;

    private enum Phase
    {
        New,
        Loading,
        Serving,
        Stopped,
    }

    /// <summary>
    /// A batch whose commit is pending, and its commands. If the store rejects the batch, the commands are applied
    /// again one at a time.
    /// </summary>
    private sealed record PendingCommit(Batch Batch, IReadOnlyList<PendingCommand> Commands)
    {
        /// <summary>
        /// The rejection sent to callers while the commit keeps failing; null during the first attempt.
        /// </summary>
        public Rejection? Outage { get; set; }
    }

    public Broker Broker { get; private set; } = newBroker();

    /// <summary>The elapsed time of the last turn.</summary>
    public Elapsed Elapsed => _clock.Elapsed;

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
            case ShardEvent.CommandArrived commandArrived:
                if (_pendingCommit?.Outage is { } trouble && !commandArrived.Command.SurvivesOutage)
                    steps.Add(Reject(commandArrived.RequestId, trouble));
                else
                    _inbox.Add(new PendingCommand(commandArrived.RequestId, commandArrived.Command));
                break;
            case ShardEvent.RowsRead read:
                _inbox.ResumeWithRows(read.RequestId, read.Rows);
                break;
            case ShardEvent.CallerDisconnected callerDisconnected:
                _inbox.Remove(callerDisconnected.RequestId);
                Broker.OnCallerDisconnected(callerDisconnected.RequestId);
                break;
            case ShardEvent.Committed committed:
                OnCommitted(committed.Result, wall, monotonic, steps);
                break;
            case ShardEvent.Loaded:
                _phase = Phase.Serving;
                _tickAt = default;
                _clock.OnLoaded(wall, monotonic);
                TryStartBatch(wall, monotonic, steps);
                break;
            case ShardEvent.Woke:
                OnWoke(wall, monotonic, steps);
                break;
        }
        return steps;
    }

    private void OnWoke(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase == Phase.New)
        {
            _phase = Phase.Loading;
            steps.Add(new ShardStep.Load());
        }
        else if (_retryAt <= monotonic)
        {
            _retryAt = null;
            steps.Add(new ShardStep.Commit(_pendingCommit!.Batch));
        }
        else
        {
            TryStartBatch(wall, monotonic, steps);
        }
    }

    private void TryStartBatch(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase != Phase.Serving || _pendingCommit is not null)
            return;
        var stalled = _clock.Advance(wall, monotonic);
        do
        {
            var pendingCommit = BuildBatch(stalled);
            stalled = TimeSpan.Zero;
            if (pendingCommit.Batch.NeedsCommit)
            {
                _pendingCommit = pendingCommit;
                steps.Add(new ShardStep.Commit(pendingCommit.Batch));
                return;
            }
            Publish(pendingCommit, steps);
        } while (_inbox.Count > 0);
        steps.Add(new ShardStep.WakeAt(_clock.ToMonotonic(_tickAt)));
    }

    /// <summary>
    /// Builds one batch: waiting commands first, then timed work. A message that arrived during a stall is therefore
    /// applied before any lease expires (R20).
    /// </summary>
    private PendingCommit BuildBatch(TimeSpan stalled)
    {
        var batch = new Batch();
        var commands = new List<PendingCommand>();
        if (stalled > TimeSpan.Zero)
            batch.Add(new Effect.Stalled(stalled));
        if (stalled > TimeSpan.Zero)
            _backlog = _inbox.Count;
        while (!batch.IsFull && _inbox.TryTake(commands, out var pendingCommand))
        {
            commands.Add(pendingCommand);
            _backlog--;
            Broker.Apply(pendingCommand.RequestId, pendingCommand.Command, _clock.Now, _clock.Elapsed, batch);
        }
        if (_inbox.Count == 0)
            _backlog = 0;
        // A batch that retries a single command contains no timed work, so that a rejection can be attributed to that
        // command.
        var ticks = _backlog <= 0 && _clock.Elapsed >= _tickAt && commands is not [{ CommitAlone: true }];
        if (ticks)
            Broker.Apply(default, new Command.Tick(), _clock.Now, _clock.Elapsed, batch);
        Broker.FinishBatch(_clock.Now, _clock.Elapsed, batch);
        var next = NextTick();
        // A scheduled tick is never postponed. Otherwise commands that arrive faster than ticks would delay it forever.
        if (ticks || next < _tickAt)
            _tickAt = next;
        return new PendingCommit(batch, commands);
    }

    private void OnCommitted(CommitResult result, Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        var pendingCommit = _pendingCommit ?? throw new InvalidOperationException("No commit is pending.");
        switch (result)
        {
            case CommitResult.Durable:
                _pendingCommit = null;
                Publish(pendingCommit, steps);
                TryStartBatch(wall, monotonic, steps);
                break;
            case CommitResult.Later later:
                var outage = later.NoRoom ? DiskFull(later.Why) : Unavailable(later.Why);
                RetryCommit(pendingCommit, outage, monotonic, steps);
                break;
            case CommitResult.Unknown unknown:
                RetryCommit(pendingCommit, Unavailable(unknown.Why), monotonic, steps);
                break;
            case CommitResult.Refused refused
                when _inbox.RetryIndividually(pendingCommit.Commands, refused.Why, out var answered):
                Reload(pendingCommit, answered, refused.Why, steps);
                break;
            default:
                _phase = Phase.Stopped;
                steps.Add(new ShardStep.Stop(StopReason(result)));
                break;
        }
    }

    private static string StopReason(CommitResult result) =>
        result switch
        {
            CommitResult.Fenced => "Another server now owns this store.",
            CommitResult.Refused refused => $"The store rejected a batch without client commands: {refused.Why}",
            CommitResult.Broken broken => $"The store failed: {broken.Why}",
            _ => result.ToString(),
        };

    private void RetryCommit(PendingCommit pendingCommit, Rejection outage, Elapsed monotonic, List<ShardStep> steps)
    {
        if (pendingCommit.Outage is null)
        {
            foreach (var waiting in _inbox.TakeRejectable())
            {
                // The command may still be waiting for a row read.
                Broker.OnCallerDisconnected(waiting.RequestId);
                steps.Add(Reject(waiting.RequestId, outage));
            }
        }
        pendingCommit.Outage = outage;
        _retryAt = monotonic + RetryPeriod;
        steps.Add(new ShardStep.WakeAt(_retryAt.Value));
    }

    /// <summary>
    /// Handles the rejection of a batch by the store, which indicates a bug. The state in memory is now ahead of the
    /// disk, so it is discarded and loaded again. The commands of the batch are then retried one per batch (R5).
    /// </summary>
    private void Reload(
        PendingCommit pendingCommit,
        IReadOnlyList<(RequestId, Response)> answered,
        string reason,
        List<ShardStep> steps
    )
    {
        // Reject every parked request, and every earlier request that this batch would have answered. The commands of
        // the batch itself are answered when they are retried.
        var own = pendingCommit.Commands.Select(command => command.RequestId).ToHashSet();
        var parked = Broker
            .Parked.Concat(pendingCommit.Batch.Responses.Select(a => a.Ticket))
            .Where(requestId => requestId != default && !own.Contains(requestId));
        steps.Add(
            new ShardStep.Publish(
                [
                    .. answered,
                    .. parked.Select(requestId => (requestId, (Response)new Response.Rejected(Unavailable(reason)))),
                ],
                []
            )
        );
        Broker = newBroker();
        _pendingCommit = null;
        _phase = Phase.Loading;
        steps.Add(new ShardStep.Load());
    }

    /// <summary>
    /// Publishes the responses of a durable batch. A command that needs rows is not answered: its rows are read first,
    /// and it is then applied again (R2).
    /// </summary>
    private void Publish(PendingCommit pendingCommit, List<ShardStep> steps)
    {
        var answers = pendingCommit.Batch.Responses;
        // The parts of a split message have no caller.
        answers.RemoveAll(static a => a.Ticket == default);
        for (var i = 0; i < answers.Count; i++)
        {
            if (answers[i].Answer is not Response.ReadRequired readRequired)
                continue;
            var requestId = answers[i].Ticket;
            answers.RemoveAt(i--);
            // Skip the read if the caller disconnected while the commit was pending.
            if (!Broker.State.PendingReads.Contains(requestId))
                continue;
            _inbox.AwaitRows(pendingCommit.Commands.First(command => command.RequestId == requestId));
            steps.Add(new ShardStep.Read(requestId, readRequired.Keys));
        }
        if (answers.Count > 0 || pendingCommit.Batch.Effects.Count > 0)
            steps.Add(new ShardStep.Publish(answers, pendingCommit.Batch.Effects));
    }

    private Elapsed NextTick()
    {
        var (wall, elapsed) = Broker.NextWakeUp();
        var next = _clock.Elapsed + TickPeriod;
        if (elapsed < next)
            next = elapsed.Value;
        if (wall is { } at && _clock.Elapsed + (at - _clock.Now) < next)
            next = _clock.Elapsed + (at - _clock.Now);
        return next < _clock.Elapsed ? _clock.Elapsed : next;
    }

    private static ShardStep.Publish Reject(RequestId requestId, Rejection rejection) =>
        new([(requestId, new Response.Rejected(rejection))], []);

    private static Rejection Unavailable(string reason) =>
        new(RejectionKind.Unavailable, $"The store cannot accept writes at the moment: {reason}")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    private static Rejection DiskFull(string reason) =>
        new(RejectionKind.StorageFull, reason) { RetryAfter = TimeSpan.FromSeconds(5) };
}
