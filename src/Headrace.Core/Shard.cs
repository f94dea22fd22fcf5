namespace Headrace.Core;

/// <summary>
/// Decides <i>when</i> things happen: it collects waiting commands into one batch, requests its commit, and publishes
/// responses and effects once that commit is durable (R1). Only one commit is pending at a time; commands that arrive
/// meanwhile wait. The class is deterministic; the loop around it does only I/O.
/// </summary>
internal sealed class Shard(Func<Broker> newBroker)
{
    /// <summary>
    /// Maximum time between two wake-ups. It bounds how late an expired lease or a stall is detected.
    /// </summary>
    public static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>Delay before the identical batch is retried after a transient failure (R5).</summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(200);

    private readonly ShardClock _clock = new();
    private readonly ShardInbox _inbox = new();
    private Flight? _flight;
    private Elapsed? _retryAt;
    private Elapsed _tickAt;

    /// <summary>Commands that waited through a stall and must be applied before the next tick.</summary>
    private int _catchUp;
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
    private sealed record Flight(Batch Batch, IReadOnlyList<Arrival> Commands)
    {
        /// <summary>
        /// The rejection sent to callers while the commit keeps failing; null during the first attempt.
        /// </summary>
        public Refusal? Trouble { get; set; }
    }

    public Broker Broker { get; private set; } = newBroker();

    /// <summary>The elapsed time of the last turn.</summary>
    public Elapsed Elapsed => _clock.Elapsed;

    /// <summary>
    /// Restores one stored row. Called between the step <see cref="ShardStep.Load"/> and the event
    /// <see cref="ShardEvent.Loaded"/>.
    /// </summary>
    public void Restore(StoredRow row)
    {
        if (row is ShardRow shard)
            _clock.StartAt(shard.Now);
        Broker.Restore(row, default);
    }

    public IReadOnlyList<ShardStep> On(ShardEvent happened, Instant wall, Elapsed monotonic)
    {
        var steps = new List<ShardStep>(2);
        switch (happened)
        {
            case ShardEvent.Arrived arrived:
                if (_flight?.Trouble is { } trouble && !arrived.Command.BearsDelay)
                    steps.Add(Closed(arrived.Ticket, trouble));
                else
                    _inbox.Add(new Arrival(arrived.Ticket, arrived.Command));
                break;
            case ShardEvent.RowsRead read:
                _inbox.Answer(read.Ticket, read.Rows);
                break;
            case ShardEvent.Gone gone:
                _inbox.Forget(gone.Ticket);
                Broker.Gone(gone.Ticket);
                break;
            case ShardEvent.Committed committed:
                Settle(committed.Result, wall, monotonic, steps);
                break;
            case ShardEvent.Loaded:
                _phase = Phase.Serving;
                _tickAt = default;
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
            steps.Add(new ShardStep.Commit(_flight!.Batch));
        }
        else
        {
            Serve(wall, monotonic, steps);
        }
    }

    private void Serve(Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        if (_phase != Phase.Serving || _flight is not null)
            return;
        var stalled = _clock.Turn(wall, monotonic);
        do
        {
            var flight = Gather(stalled);
            stalled = TimeSpan.Zero;
            if (flight.Batch.NeedsCommit)
            {
                _flight = flight;
                steps.Add(new ShardStep.Commit(flight.Batch));
                return;
            }
            Release(flight, steps);
        } while (_inbox.Count > 0);
        steps.Add(new ShardStep.WakeAt(_clock.Monotonic(_tickAt)));
    }

    /// <summary>
    /// Builds one batch: waiting commands first, then timed work. A message that arrived during a stall is therefore
    /// applied before any lease expires (R20).
    /// </summary>
    private Flight Gather(TimeSpan stalled)
    {
        var batch = new Batch();
        var commands = new List<Arrival>();
        if (stalled > TimeSpan.Zero)
            batch.Add(new Effect.Stalled(stalled));
        if (stalled > TimeSpan.Zero)
            _catchUp = _inbox.Count;
        while (!batch.IsFull && _inbox.TryTake(commands, out var arrival))
        {
            commands.Add(arrival);
            _catchUp--;
            Broker.Apply(arrival.Ticket, arrival.Command, _clock.Now, _clock.Elapsed, batch);
        }
        if (_inbox.Count == 0)
            _catchUp = 0;
        // Timed work is kept out of a batch that retries a single command: a rejection must point to that command.
        var ticks = _catchUp <= 0 && _clock.Elapsed >= _tickAt && commands is not [{ Alone: true }];
        if (ticks)
            Broker.Apply(default, new Command.Tick(), _clock.Now, _clock.Elapsed, batch);
        Broker.Conclude(_clock.Now, _clock.Elapsed, batch);
        var next = NextTick();
        // A scheduled tick is never postponed. Otherwise commands that arrive faster than ticks would delay it forever.
        if (ticks || next < _tickAt)
            _tickAt = next;
        return new Flight(batch, commands);
    }

    private void Settle(CommitResult result, Instant wall, Elapsed monotonic, List<ShardStep> steps)
    {
        var flight = _flight ?? throw new InvalidOperationException("No commit is pending.");
        switch (result)
        {
            case CommitResult.Durable:
                _flight = null;
                Release(flight, steps);
                Serve(wall, monotonic, steps);
                break;
            case CommitResult.Later later:
                Retry(flight, later.NoRoom ? NoRoom(later.Why) : Unavailable(later.Why), monotonic, steps);
                break;
            case CommitResult.Unknown unknown:
                Retry(flight, Unavailable(unknown.Why), monotonic, steps);
                break;
            case CommitResult.Refused refused when _inbox.Isolate(flight.Commands, refused.Why, out var answered):
                StartAgain(flight, answered, refused.Why, steps);
                break;
            default:
                _phase = Phase.Stopped;
                steps.Add(
                    new ShardStep.Stop(
                        result switch
                        {
                            CommitResult.Fenced => "Another server owns this store now.",
                            CommitResult.Refused refused =>
                                $"The store rejected a batch without client commands: {refused.Why}",
                            CommitResult.Broken broken => $"The store failed: {broken.Why}",
                            _ => result.ToString(),
                        }
                    )
                );
                break;
        }
    }

    private void Retry(Flight flight, Refusal trouble, Elapsed monotonic, List<ShardStep> steps)
    {
        if (flight.Trouble is null)
        {
            foreach (var waiting in _inbox.TakeImpatient())
            {
                // The command may be waiting for a row read.
                Broker.Gone(waiting.Ticket);
                steps.Add(Closed(waiting.Ticket, trouble));
            }
        }
        flight.Trouble = trouble;
        _retryAt = monotonic + RetryPeriod;
        steps.Add(new ShardStep.WakeAt(_retryAt.Value));
    }

    /// <summary>
    /// The store rejected a batch, which indicates a bug. Memory is now ahead of the disk, so the broker state is
    /// discarded and loaded again. The commands of the batch are then retried one per batch (R5).
    /// </summary>
    private void StartAgain(Flight flight, IReadOnlyList<(Ticket, Answer)> answered, string why, List<ShardStep> steps)
    {
        // Reject every parked request, and every earlier request that this batch would have answered. The commands of
        // the batch itself are answered when they are retried.
        var own = flight.Commands.Select(command => command.Ticket).ToHashSet();
        var parked = Broker
            .Parked.Concat(flight.Batch.Answers.Select(a => a.Ticket))
            .Where(ticket => ticket != default && !own.Contains(ticket));
        steps.Add(
            new ShardStep.Release(
                [.. answered, .. parked.Select(ticket => (ticket, (Answer)new Answer.Refused(Unavailable(why))))],
                []
            )
        );
        Broker = newBroker();
        _flight = null;
        _phase = Phase.Loading;
        steps.Add(new ShardStep.Load());
    }

    /// <summary>
    /// Publishes the responses of a durable batch. A command that needs rows is not answered: its rows are read first,
    /// and it is then applied again (R2).
    /// </summary>
    private void Release(Flight flight, List<ShardStep> steps)
    {
        var answers = flight.Batch.Answers;
        // The parts of a split message have no caller.
        answers.RemoveAll(static a => a.Ticket == default);
        for (var i = 0; i < answers.Count; i++)
        {
            if (answers[i].Answer is not Answer.Need need)
                continue;
            var ticket = answers[i].Ticket;
            answers.RemoveAt(i--);
            // Skip the read if the caller disconnected while the commit was pending.
            if (!Broker.State.Pins.Has(ticket))
                continue;
            _inbox.AwaitRows(flight.Commands.First(command => command.Ticket == ticket));
            steps.Add(new ShardStep.Read(ticket, need.Keys));
        }
        if (answers.Count > 0 || flight.Batch.Effects.Count > 0)
            steps.Add(new ShardStep.Release(answers, flight.Batch.Effects));
    }

    private Elapsed NextTick()
    {
        var (wall, elapsed) = Broker.Next();
        var next = _clock.Elapsed + TickPeriod;
        if (elapsed < next)
            next = elapsed.Value;
        if (wall is { } at && _clock.Elapsed + (at - _clock.Now) < next)
            next = _clock.Elapsed + (at - _clock.Now);
        return next < _clock.Elapsed ? _clock.Elapsed : next;
    }

    private static ShardStep.Release Closed(Ticket ticket, Refusal refusal) =>
        new([(ticket, new Answer.Refused(refusal))], []);

    private static Refusal Unavailable(string why) =>
        new(RefusalKind.Unavailable, $"The store cannot accept writes at the moment: {why}")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    private static Refusal NoRoom(string why) =>
        new(RefusalKind.StorageFull, why) { RetryAfter = TimeSpan.FromSeconds(5) };
}
