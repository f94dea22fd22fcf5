namespace Headrace.Core;

/// <summary>
/// The pure machine that decides <i>when</i>: it gathers what waits into one batch, has it committed, and lets answers and effects go when that commit is durable (R1).
/// One batch is in flight; what arrives meanwhile waits. The loop around it does I/O and nothing else.
/// </summary>
internal sealed class Shard(Broker broker)
{
    /// <summary>The longest sleep: silence and stalls are noticed this finely.</summary>
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after a passing failure the identical batch is tried again (R5).</summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(200);

    private readonly LinkedList<(Ticket Ticket, Command Command)> _waiting = [];
    private readonly ShardClock _clock = new();
    private Batch? _inFlight;
    private Elapsed? _retryAt;
    private Elapsed _tickAt;
    private Phase _phase = Phase.New;

    private enum Phase
    {
        New,
        Loading,
        Serving,
        Stopped,
    }

    public Broker Broker { get; } = broker;

    /// <summary>Takes one stored row, between the step <see cref="ShardStep.Load"/> and the event <see cref="ShardEvent.Loaded"/>.</summary>
    public void Restore(StoredRow row)
    {
        if (row is ShardRow shard) _clock.StartAt(shard.Now);
        Broker.Restore(row, default);
    }

    public IReadOnlyList<ShardStep> On(ShardEvent happened, Instant wall, Elapsed monotonic)
    {
        var steps = new List<ShardStep>(2);
        switch (happened)
        {
            case ShardEvent.Arrived arrived:
                _waiting.AddLast((arrived.Ticket, arrived.Command));
                break;
            case ShardEvent.Gone gone:
                Forget(gone.Ticket);
                break;
            case ShardEvent.Committed committed:
                Settle(committed.Result, wall, monotonic, steps);
                break;
            case ShardEvent.Loaded:
                _phase = Phase.Serving;
                _clock.Loaded(wall, monotonic);
                Serve(wall, monotonic, steps);
                break;
            case ShardEvent.Woke:
                Wake(wall, monotonic, steps);
                break;
        }
        return steps;
    }

    private void Wake(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase == Phase.New)
        {
            _phase = Phase.Loading;
            steps.Add(new ShardStep.Load());
        }
        else if (_retryAt <= monotonic)
        {
            _retryAt = null;
            steps.Add(new ShardStep.Commit(_inFlight!));
        }
        else
        {
            Serve(wall, monotonic, steps);
        }
    }

    private void Serve(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase != Phase.Serving || _inFlight is not null) return;
        var stalled = _clock.Turn(wall, monotonic);
        do
        {
            var batch = Gather(stalled);
            stalled = TimeSpan.Zero;
            if (batch.NeedsCommit)
            {
                _inFlight = batch;
                steps.Add(new ShardStep.Commit(batch));
                return;
            }
            if (batch.Answers.Count > 0 || batch.Effects.Count > 0) steps.Add(new ShardStep.Release(batch.Answers, batch.Effects));
        }
        while (_waiting.Count > 0);
        steps.Add(new ShardStep.WakeAt(_clock.Monotonic(_tickAt)));
    }

    /// <summary>One batch: what waits first, then what time brings: so a message that came during a stall counts before any silence does (R20).</summary>
    private Batch Gather(TimeSpan stalled)
    {
        var batch = new Batch();
        if (stalled > TimeSpan.Zero) batch.Add(new Effect.Stalled(stalled));
        while (_waiting.First is { } first && !batch.IsFull)
        {
            _waiting.RemoveFirst();
            Broker.Apply(first.Value.Ticket, first.Value.Command, _clock.Now, _clock.Elapsed, batch);
        }
        if (_waiting.Count == 0 && _clock.Elapsed >= _tickAt) Broker.Apply(default, new Command.Tick(), _clock.Now, _clock.Elapsed, batch);
        Broker.Conclude(_clock.Now, _clock.Elapsed, batch);
        _tickAt = NextTick();
        return batch;
    }

    private void Settle(CommitResult result, Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        var batch = _inFlight ?? throw new InvalidOperationException("No commit is in flight.");
        switch (result)
        {
            case CommitResult.Durable:
                _inFlight = null;
                if (batch.Answers.Count > 0 || batch.Effects.Count > 0) steps.Add(new ShardStep.Release(batch.Answers, batch.Effects));
                Serve(wall, monotonic, steps);
                break;
            case CommitResult.Later or CommitResult.Unknown:
                _retryAt = monotonic + RetryPeriod;
                steps.Add(new ShardStep.WakeAt(_retryAt.Value));
                break;
            default:
                _phase = Phase.Stopped;
                steps.Add(new ShardStep.Stop(result switch
                {
                    CommitResult.Fenced => "Another server owns this store now.",
                    CommitResult.Refused refused => $"The store refused a batch: {refused.Why}",
                    CommitResult.Broken broken => $"The store failed: {broken.Why}",
                    _ => result.ToString(),
                }));
                break;
        }
    }

    /// <summary>A command that nobody waits for any more is dropped if it still waits, as if it had never come; a park ends.</summary>
    private void Forget(Ticket ticket)
    {
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Ticket != ticket) continue;
            _waiting.Remove(node);
            return;
        }
        Broker.Gone(ticket);
    }

    private Elapsed NextTick()
    {
        var (wall, elapsed) = Broker.Next();
        var next = _clock.Elapsed + TickPeriod;
        if (elapsed < next) next = elapsed.Value;
        if (wall is { } at && _clock.Elapsed + (at - _clock.Now) < next) next = _clock.Elapsed + (at - _clock.Now);
        return next < _clock.Elapsed ? _clock.Elapsed : next;
    }
}
