using Headrace.Core.Dispatch;
using Headrace.Core.Explain;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// Decides <i>what</i> happens: this class implements every rule about jobs, queues and workers. It is deterministic,
/// is mutated in place by a single owner, and holds no clock, task, socket or store. All output goes into the batch;
/// the <see cref="Shard"/> decides when that output is published.
/// </summary>
internal sealed class Broker
{
    private readonly Submitting _submitting;
    private readonly Claiming _claiming;
    private readonly Completing _completing;
    private readonly Exchanging _exchanging;
    private readonly Releasing _releasing;
    private readonly Cancelling _cancelling;
    private readonly Expiring _expiring;
    private readonly Looking _looking;
    private readonly Pulling _pulling;
    private readonly Joining _joining;

    public Broker(BrokerOptions options)
    {
        State = new BrokerState(options);
        var why = new Why(State);
        var lifecycle = new Lifecycle(State);
        _releasing = new Releasing(State, lifecycle);
        _submitting = new Submitting(State, lifecycle);
        _claiming = new Claiming(State, lifecycle);
        _joining = new Joining(State, _releasing);
        _pulling = new Pulling(State);
        _completing = new Completing(State, lifecycle, _releasing);
        _exchanging = new Exchanging(State, _joining, _completing, _releasing);
        _cancelling = new Cancelling(State, lifecycle);
        _expiring = new Expiring(State, lifecycle, _releasing, why);
        _looking = new Looking(State, why);
    }

    public BrokerState State { get; }

    /// <summary>
    /// Applies one command and adds its response, row changes and effects to the batch. A parked command gets its
    /// response from a later command.
    /// </summary>
    public void Apply(Ticket ticket, Command command, Instant now, Elapsed elapsed, Batch batch)
    {
        var turn = new Turn(now, elapsed, batch);
        batch.Commands++;
        batch.Bytes += command.Weight;
        switch (command)
        {
            case Command.Submit submit:
                batch.Add(ticket, _submitting.Apply(ticket, submit, turn));
                break;
            case Command.Exchange exchange:
                _exchanging.Apply(ticket, exchange, turn);
                break;
            case Command.Report report:
                batch.Add(ticket, _exchanging.Apply(report, turn));
                break;
            case Command.InputDamaged damaged:
                batch.Add(ticket, _completing.Fail(damaged, turn));
                break;
            case Command.Look look:
                _looking.Apply(ticket, look, turn);
                break;
            case Command.Pull pull:
                batch.Add(ticket, _pulling.Apply(ticket, pull, turn));
                break;
            case Command.ListQueues:
                batch.Add(ticket, _looking.Queues());
                break;
            case Command.ListDemand:
                batch.Add(ticket, _looking.Demand(now));
                break;
            case Command.ListMethods:
                batch.Add(ticket, _looking.Methods());
                break;
            case Command.ListWorkers:
                batch.Add(ticket, _looking.Workers(elapsed));
                break;
            case Command.Cancel cancel:
                batch.Add(ticket, _cancelling.Apply(cancel, turn));
                break;
            case Command.Drain drain:
                batch.Add(ticket, _releasing.Drain(drain, turn));
                break;
            case Command.Introduce introduce:
                batch.Add(ticket, _joining.Introduce(introduce.Methods, turn));
                break;
            case Command.Died died:
                batch.Add(ticket, Bury(died, turn));
                break;
            case Command.Room room:
                State.StorageLow = room.Low ? room.Why : null;
                batch.Add(ticket, new Answer.Noted());
                break;
            case Command.Tick:
                _expiring.Apply(turn);
                break;
            default:
                throw new InvalidOperationException($"No handler for the command {command.GetType().Name}.");
        }
    }

    /// <summary>
    /// Completes a batch: claims ready jobs, replies to open exchanges, and adds the row of every changed job.
    /// </summary>
    public void Conclude(Instant now, Elapsed elapsed, Batch batch)
    {
        var turn = new Turn(now, elapsed, batch);
        _claiming.Serve(turn);
        _exchanging.Reply(turn);
        foreach (var job in batch.Touched)
        {
            job.Touched = false;
            if (job.Now.State.IsEnded())
                continue;
            batch.Add(job.Stored ? new RowChange.JobChanged(job.ToRow()) : new RowChange.JobAdded(job.ToRow()));
            job.Stored = true;
        }
        State.Counters.Seal(batch);
        if (batch.NeedsCommit)
            State.BatchNumber++;
        batch.Seal(new ShardRow(State.BatchNumber, State.NextJob, State.NextFinish, now) { Id = State.Options.Shard });
    }

    /// <summary>Discards everything that waits on behalf of a caller that disconnected.</summary>
    public void Gone(Ticket ticket)
    {
        State.Workers.Gone(ticket);
        State.Waiters.Gone(ticket);
        State.Pins.Release(ticket);
        _pulling.Gone(ticket);
    }

    /// <summary>Requests whose response comes from a later command.</summary>
    public IEnumerable<Ticket> Parked =>
        State.Workers.Open.Select(worker => worker.Open!.Ticket).Concat(State.Waiters.Tickets);

    /// <summary>
    /// The next wall-clock time and the next elapsed time at which the broker must act; null if nothing is pending.
    /// </summary>
    public (Instant? Wall, Elapsed? Elapsed) Next()
    {
        var wall = Earlier(State.Due.Next, State.Deadlines.Next);
        var elapsed = Earlier(State.TimeLimits.Next, State.Waiters.Next);
        foreach (var worker in State.Workers.Open)
            elapsed = Earlier(elapsed, worker.Open!.Until);
        return (wall, elapsed);
    }

    private Answer.Noted Bury(Command.Died died, Turn turn)
    {
        if (State.Workers.Current(died.Worker) is { } worker)
            _releasing.Dismiss(worker, died.How, turn);
        return new Answer.Noted();
    }

    private static T? Earlier<T>(T? a, T? b)
        where T : struct, IComparable<T> =>
        a is null ? b
        : b is null || a.Value.CompareTo(b.Value) <= 0 ? a
        : b;
}
