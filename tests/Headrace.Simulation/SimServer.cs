using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// The server loop, step by step. It runs the production shard, and the schedule decides when each commit completes and
/// with which result.
/// </summary>
internal sealed class SimServer(World world)
{
    private readonly Dictionary<RequestId, (IEndpoint Party, long Call)> _callers = [];
    private readonly Dictionary<RequestId, FeedName> _feeds = [];
    private Shard? _shard;
    private long _requests;
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
        Handle(new ShardEvent.Woke());
    }

    /// <summary>
    /// Ends the server process. The connections of parked requests fail, and the pending commit may or may not have
    /// reached the disk.
    /// </summary>
    public void Crash(bool committed)
    {
        if (Committing is { } batch && committed)
            Write(batch);
        (_shard, Committing, _wakeAt) = (null, null, null);
        _reads.Clear();
        foreach (var (endpoint, call) in _callers.Values)
            world.Network.Send(new Message.Reply(endpoint, call, null));
        _callers.Clear();
    }

    public void Receive(Message.Request request)
    {
        if (_shard is null)
        {
            world.Network.Send(new Message.Reply(request.Endpoint, request.CallId, null));
            return;
        }
        var requestId = new RequestId(++_requests);
        _callers.Add(requestId, (request.Endpoint, request.CallId));
        if (request.Command is Command.Pull pull)
            _feeds.Add(requestId, pull.Feed);
        Handle(new ShardEvent.CommandArrived(requestId, request.Command));
        Handle(new ShardEvent.Woke());
    }

    public void CompleteCommit(CommitResult result, bool written)
    {
        var batch = Committing!;
        world.Trace?.Invoke(
            $"commit of batch {batch.Shard!.Batch}: "
                + TraceText.Describe(result)
                + (
                    result is CommitResult.Durable ? ""
                    : written ? ", the batch is on disk"
                    : ", the batch is not on disk"
                )
        );
        Committing = null;
        if (written)
            Write(batch);
        Handle(new ShardEvent.Committed(result));
    }

    private void Write(Batch batch)
    {
        if (!world.Store.Apply(batch))
            return;
        foreach (var (requestId, answer) in batch.Responses)
            if (answer is Response.Pulled pulled && _feeds.TryGetValue(requestId, out var feed))
                world.Oracle.OnDelivered(feed, pulled.Completions);
    }

    /// <summary>Completes a pending read, which returns the rows that are on disk at this moment.</summary>
    public void CompleteRead(int choice)
    {
        if (_reads.Count == 0)
            return;
        var read = _reads[choice % _reads.Count];
        _reads.Remove(read);
        Handle(new ShardEvent.RowsRead(read.RequestId, world.Store.Read(read.Keys)));
        if (IsUp)
            Handle(new ShardEvent.Woke());
    }

    public void FireTimers()
    {
        while (_shard is not null && _wakeAt <= world.Clock)
        {
            _wakeAt = null;
            Handle(new ShardEvent.Woke());
        }
    }

    private void Handle(ShardEvent shardEvent)
    {
        foreach (var step in _shard!.Handle(shardEvent, world.Wall, world.Clock))
            Execute(step);
        if (_shard is null)
            return;
        Steps++;
        if (!world.ChecksInvariants || _loading)
            return;
        Invariants.Check(_shard.Broker);
        if (Committing is null && _wakeAt is not null)
            CheckLeaseExpiry(_shard);
    }

    private bool _loading;

    /// <summary>Verifies that leases expire within one tick period, regardless of the load on the shard (R8).</summary>
    private void CheckLeaseExpiry(Shard shard)
    {
        foreach (var worker in shard.Broker.State.Workers.All)
            if (!worker.Unresponsive && shard.Elapsed - worker.LastSeen > world.Options.Lease + Shard.TickPeriod)
                throw new SimulationFaultException(
                    $"the leases of {worker.Identity.Worker} have not expired "
                        + $"{(shard.Elapsed - worker.LastSeen).TotalSeconds:0.0} s after its last message"
                );
    }

    private void Execute(ShardStep step)
    {
        switch (step)
        {
            case ShardStep.Load:
                _loading = true;
                foreach (var row in world.Store.Load())
                    _shard!.Restore(row);
                _loading = false;
                Handle(new ShardEvent.Loaded());
                break;
            case ShardStep.Commit commit:
                Committing = commit.Batch;
                break;
            case ShardStep.Publish publish:
                foreach (var (requestId, answer) in publish.Responses)
                {
                    if (!_callers.Remove(requestId, out var caller))
                        throw new SimulationFaultException(
                            $"request {requestId.Value} was answered twice or does not exist"
                        );
                    world.Oracle.OnResponse(caller.Party, answer);
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
                Crash(committed: false);
                break;
        }
    }
}
