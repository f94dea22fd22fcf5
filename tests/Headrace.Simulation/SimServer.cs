using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// The server loop, step by step. It runs the production shard, and the schedule decides when each commit completes and
/// with which result.
/// </summary>
internal sealed class SimServer(World world)
{
    private readonly Dictionary<Ticket, (IParty Party, long Call)> _callers = [];
    private readonly Dictionary<Ticket, FeedName> _feeds = [];
    private Shard? _shard;
    private long _tickets;
    private readonly List<ShardStep.Read> _reads = [];
    private Elapsed? _wakeAt;

    public bool IsUp => _shard is not null;

    /// <summary>The batch whose commit is pending.</summary>
    public Batch? Committing { get; private set; }

    public Broker Broker => _shard!.Broker;

    public int Steps { get; private set; }

    public void Start()
    {
        _shard = new Shard(() => new Broker(world.Options));
        Drive(new ShardEvent.Woke());
    }

    /// <summary>
    /// Ends the server process. The connections of parked requests fail, and the pending commit may or may not have
    /// reached the disk.
    /// </summary>
    public void Die(bool committed)
    {
        if (Committing is { } batch && committed)
            Write(batch);
        (_shard, Committing, _wakeAt) = (null, null, null);
        _reads.Clear();
        foreach (var (party, call) in _callers.Values)
            world.Network.Send(new Message.Reply(party, call, null));
        _callers.Clear();
    }

    public void Arrive(Message.Request request)
    {
        if (_shard is null)
        {
            world.Network.Send(new Message.Reply(request.Party, request.Call, null));
            return;
        }
        var ticket = new Ticket(++_tickets);
        _callers.Add(ticket, (request.Party, request.Call));
        if (request.Command is Command.Pull pull)
            _feeds.Add(ticket, pull.Feed);
        Drive(new ShardEvent.Arrived(ticket, request.Command));
        Drive(new ShardEvent.Woke());
    }

    public void CommitEnds(CommitResult result, bool written)
    {
        var batch = Committing!;
        world.Tell?.Invoke(
            $"commit of batch {batch.Shard!.Batch}: "
                + $"{Story.Of(result)}{(result is CommitResult.Durable ? "" : written ? ", the batch is on disk" : ", the batch is not on disk")}"
        );
        Committing = null;
        if (written)
            Write(batch);
        Drive(new ShardEvent.Committed(result));
    }

    private void Write(Batch batch)
    {
        if (!world.Store.Apply(batch))
            return;
        foreach (var (ticket, answer) in batch.Answers)
            if (answer is Answer.Pulled pulled && _feeds.TryGetValue(ticket, out var feed))
                world.Oracle.Given(feed, pulled.Ends);
    }

    /// <summary>Completes a pending read. It returns the state of the disk at this moment.</summary>
    public void ReadEnds(int choice)
    {
        if (_reads.Count == 0)
            return;
        var read = _reads[choice % _reads.Count];
        _reads.Remove(read);
        Drive(new ShardEvent.RowsRead(read.Ticket, world.Store.Read(read.Keys)));
        if (IsUp)
            Drive(new ShardEvent.Woke());
    }

    public void TimePassed()
    {
        while (_shard is not null && _wakeAt <= world.Clock)
        {
            _wakeAt = null;
            Drive(new ShardEvent.Woke());
        }
    }

    private void Drive(ShardEvent happened)
    {
        foreach (var step in _shard!.On(happened, world.Wall, world.Clock))
            Do(step);
        if (_shard is null)
            return;
        Steps++;
        if (!world.ChecksInvariants || _loading)
            return;
        Invariants.Check(_shard.Broker);
        if (Committing is null && _wakeAt is not null)
            CheckSilence(_shard);
    }

    private bool _loading;

    /// <summary>Verifies that leases expire within one tick period, regardless of the load on the shard (R8).</summary>
    private void CheckSilence(Shard shard)
    {
        foreach (var worker in shard.Broker.State.Workers.All)
            if (!worker.Silent && shard.Elapsed - worker.Heard > world.Options.Lease + Shard.TickPeriod)
                throw new SimulationFault(
                    $"the leases of {worker.Self.Worker} have not expired "
                        + $"{(shard.Elapsed - worker.Heard).TotalSeconds:0.0} s after its last message"
                );
    }

    private void Do(ShardStep step)
    {
        switch (step)
        {
            case ShardStep.Load:
                _loading = true;
                foreach (var row in world.Store.Load())
                    _shard!.Restore(row);
                _loading = false;
                Drive(new ShardEvent.Loaded());
                break;
            case ShardStep.Commit commit:
                Committing = commit.Batch;
                break;
            case ShardStep.Release release:
                foreach (var (ticket, answer) in release.Answers)
                {
                    if (!_callers.Remove(ticket, out var caller))
                        throw new SimulationFault($"request {ticket.Value} was answered twice or does not exist");
                    world.Oracle.Leaves(caller.Party, answer);
                    world.Network.Send(new Message.Reply(caller.Party, caller.Call, answer));
                }
                break;
            case ShardStep.Read read:
                _reads.Add(read);
                break;
            case ShardStep.WakeAt wake:
                _wakeAt = wake.Elapsed;
                break;
            case ShardStep.Stop:
                Die(committed: false);
                break;
        }
    }
}
