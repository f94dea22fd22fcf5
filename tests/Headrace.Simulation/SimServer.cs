using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// The server, step by step. It runs the production shard, runner and command queue, and the schedule decides when each
/// commit and each read completes, and with which result.
/// </summary>
internal sealed class SimServer(World world) : IShardIo, ICommandSource
{
    private readonly Dictionary<RequestId, (IEndpoint Party, long Call)> _callers = [];
    private readonly Dictionary<RequestId, FeedName> _feeds = [];
    private readonly List<RowRequest> _reads = [];
    private readonly Queue<ShardEvent> _events = [];
    private CommandQueue _mailbox = new();
    private SilenceOracle _silence = new(world);
    private WaitOracle? _waits;
    private ShardRunner? _runner;
    private Shard? _shard;
    private long _requests;
    private Elapsed? _wakeAt;
    private bool _loading;

    /// <summary>Set from a failed commit until the same batch is durable.</summary>
    private bool _outage;

    /// <summary>The requests whose connections have failed. Their responses are not delivered.</summary>
    private readonly HashSet<RequestId> _gone = [];

    /// <summary>The requests that the durable batch answers, until their responses have been published.</summary>
    private readonly HashSet<RequestId> _durable = [];

    public bool IsUp => _runner is not null;

    /// <summary>The batch whose commit is pending.</summary>
    public Batch? Committing { get; private set; }

    /// <summary>The time at which the pending commit started.</summary>
    public Elapsed CommittingSince { get; private set; }

    public Broker Broker => _shard!.Broker;

    /// <summary>The number of reads that have not completed.</summary>
    public int ReadCount => _reads.Count;

    /// <summary>The number of requests without a response, other than the open exchanges of workers.</summary>
    public int Unanswered => _callers.Values.Count(caller => caller.Party is not SimWorker);

    public int Steps { get; private set; }

    Instant IShardIo.Wall => world.Wall.Now;

    Elapsed IShardIo.Monotonic => world.Clock;

    int ICommandSource.InternalCount => _mailbox.InternalCount;

    int ICommandSource.Count => _mailbox.Count;

    public void Start()
    {
        (_mailbox, _silence, _outage) = (
            new CommandQueue(world.Swarm.MailboxCapacity),
            new SilenceOracle(world),
            false
        );
        _waits = new WaitOracle(world, _silence);
        world.RegistryOracle.OnServerStarted();
        _shard = new Shard(() => new Broker(world.Options), this);
        _runner = new ShardRunner(_shard, this);
        Run(_runner.Wake);
    }

    /// <summary>
    /// Ends the server process. The connections of waiting requests fail, and the pending commit may or may not have
    /// reached the disk.
    /// </summary>
    public void Crash(bool committed)
    {
        if (Committing is { } batch && committed)
            Write(batch);
        (_shard, _runner, Committing, _wakeAt) = (null, null, null, null);
        _reads.Clear();
        _events.Clear();
        _durable.Clear();
        foreach (var (endpoint, call) in _callers.Values)
            world.Network.Send(new Message.Reply(endpoint, call, null));
        _callers.Clear();
    }

    /// <summary>
    /// Puts a request into the mailbox. If the server is down or the mailbox is full, the caller is told immediately
    /// that no response will arrive. Returns false if the mailbox is full.
    /// </summary>
    public bool Receive(Message.Request request)
    {
        if (_runner is null)
        {
            world.Network.Send(new Message.Reply(request.Endpoint, request.CallId, null));
            return true;
        }
        var requestId = new RequestId(++_requests);
        if (!_mailbox.TryAdd(new PendingCommand(requestId, request.Command) { ArrivedAt = world.Clock }))
        {
            world.Network.Send(new Message.Reply(request.Endpoint, request.CallId, null));
            return false;
        }
        _silence.OnArrived(requestId, request.Command);
        _waits!.OnArrived(requestId, request.Command);
        _callers.Add(requestId, (request.Endpoint, request.CallId));
        if (request.Command is Command.Pull { Lease: null } pull)
            _feeds.Add(requestId, pull.Feed);
        world.Feeds.OnArrived(requestId, request.Command);
        world.Messages.OnArrived(requestId, request.Command);
        if (Committing is null)
            Run(_runner.Wake);
        return true;
    }

    /// <summary>Breaks the connection of one waiting caller. Returns false if no caller is waiting.</summary>
    public bool Disconnect(int choice)
    {
        if (_runner is null || _callers.Count == 0)
            return false;
        var (requestId, (endpoint, call)) = _callers.ElementAt(choice % _callers.Count);
        _callers.Remove(requestId);
        _gone.Add(requestId);
        _waits!.OnEnded(requestId);
        _events.Enqueue(new ShardEvent.CallerDisconnected(requestId));
        world.Network.Send(new Message.Reply(endpoint, call, null));
        if (Committing is null)
            Run(_runner.Wake);
        return true;
    }

    public void CompleteCommit(CommitResult result, bool written)
    {
        var batch = Committing!;
        // A store that already contains the batch does not reject it when it is committed again (R5).
        if (result is CommitResult.Refused && world.Store.Contains(batch))
            result = new CommitResult.Durable();
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
        _durable.Clear();
        _outage = result is CommitResult.Later or CommitResult.Unknown;
        if (result is CommitResult.Durable)
            _durable.UnionWith(batch.Responses.Select(a => a.Ticket).Where(_callers.ContainsKey));
        Run(() =>
        {
            _runner!.OnCommitted(result);
            // The server may have stopped.
            _runner?.Wake();
        });
    }

    private void Write(Batch batch)
    {
        if (world.Store.Contains(batch))
            return;
        world.SweepOracle.OnWriting(batch);
        world.Feeds.OnWriting(batch);
        world.Messages.OnWriting(batch);
        world.Children.OnWriting(batch);
        var feeds = world.Store.CopyFeeds();
        foreach (var change in batch.Changes.OfType<RowChange.JobReadmitted>())
            world.Oracle.OnRetried(change.Job);
        world.Store.Apply(batch);
        world.Bounds.OnStored();
        world.Children.OnStored();
        world.RegistryOracle.OnStored(batch);
        world.Retention.OnStored(batch);
        world.Feeds.OnStored(batch, feeds);
        foreach (var (requestId, answer) in batch.Responses)
            if (answer is Response.Pulled pulled && _feeds.TryGetValue(requestId, out var feed))
                world.Oracle.OnDelivered(feed, pulled.Completions, batch);
    }

    /// <summary>
    /// Completes a pending read. The read either returns the rows that are on disk at this moment or fails.
    /// </summary>
    public void CompleteRead(int choice, bool fails = false)
    {
        if (_reads.Count == 0)
            return;
        var read = _reads[choice % _reads.Count];
        _reads.Remove(read);
        world.Trace?.Invoke($"a read {(fails ? "fails" : "completes")}");
        _events.Enqueue(
            fails
                ? new ShardEvent.ReadFailed(read, "simulated")
                : new ShardEvent.RowsRead(read, world.Store.Read(read.Keys))
        );
        if (Committing is null)
            Run(_runner!.Wake);
    }

    public void FireTimers()
    {
        if (Committing is not null)
            return;
        while (_runner is not null && _wakeAt <= world.Clock)
        {
            _wakeAt = null;
            Run(_runner.Wake);
        }
    }

    /// <summary>Runs a turn of the shard and checks everything that must be true afterwards.</summary>
    private void Run(Action turn)
    {
        if (!_outage)
            _silence.OnTurn();
        turn();
        if (_shard is null)
            return;
        Steps++;
        _waits!.OnTurnEnded();
        if (!world.ChecksInvariants || _loading)
            return;
        Invariants.Check(_shard.Broker);
        if (Committing is null && !_outage)
            DispatchOracle.CheckIdle(_shard.Broker, _shard.Elapsed);
        // A shard that has asked to be woken immediately is not idle. It may still have to process a tick that could
        // not be part of an isolated batch.
        if (Committing is null && _wakeAt > world.Clock && !_outage)
            _silence.CheckIdle(_shard);
    }

    bool ICommandSource.TryTake(bool isInternal, out PendingCommand pending)
    {
        while (_mailbox.TryTake(isInternal, out pending))
        {
            _silence.OnTaken(pending);
            world.Availability.OnTaken(pending.Command);
            _waits!.OnTaken(pending.RequestId);
            if (_callers.ContainsKey(pending.RequestId))
                return true;
            if (!isInternal)
                continue;
            pending = pending with { CallerGone = true };
            return true;
        }
        return false;
    }

    bool IShardIo.TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent) => _events.TryDequeue(out shardEvent);

    void IShardIo.StartLoad()
    {
        _loading = true;
        foreach (var row in world.Store.Load())
            _runner!.Restore(row);
        _silence.OnLoaded();
        _waits!.OnLoaded();
        world.Dispatch.OnLoaded();
        world.Availability.OnLoaded();
        world.Feeds.OnLoaded();
        _runner!.OnLoaded();
        _loading = false;
    }

    void IShardIo.StartCommit(Batch batch)
    {
        (Committing, CommittingSince) = (batch, world.Clock);
        world.Oracle.OnBatchBuilt(batch);
        world.Retention.OnBatchBuilt(batch);
        world.Crashes.OnBatchBuilt(batch);
        if (!world.ChecksInvariants)
            return;
        _silence.OnBatchBuilt(batch, Broker);
        _waits!.OnCommitStarts(batch);
        world.Dispatch.OnBatchBuilt(batch, Broker);
        world.Availability.OnBatchBuilt();
        DispatchOracle.CheckIdle(Broker, _shard!.Elapsed);
    }

    void IShardIo.StartReads(IReadOnlyList<RowRequest> requests)
    {
        if (_durable.Count > 0)
            throw new SimulationFaultException(
                $"a read started while the durable response to request {_durable.First().Value} was not sent yet"
            );
        _reads.AddRange(requests);
    }

    void IShardIo.Publish(
        IReadOnlyList<(RequestId RequestId, Response Response)> responses,
        IReadOnlyList<Effect> effects
    )
    {
        if (world.ChecksInvariants)
            _silence.OnPublished(effects);
        world.RegistryOracle.OnPublished(effects);
        foreach (var (requestId, answer) in responses)
        {
            _durable.Remove(requestId);
            _waits!.OnEnded(requestId);
            world.Feeds.OnPublished(requestId, answer);
            world.Messages.OnPublished(requestId, answer);
            if (!_callers.Remove(requestId, out var caller))
            {
                if (!_gone.Contains(requestId))
                    throw new SimulationFaultException(
                        $"request {requestId.Value} was answered twice or does not exist"
                    );
                continue;
            }
            world.Oracle.OnResponse(caller.Party, answer);
            if (caller.Party is SimRegistryClient or SimOperator && world.RegistryOracle.Knows(caller.Call))
                world.RegistryOracle.OnResponse(caller.Call, answer);
            world.Network.Send(new Message.Reply(caller.Party, caller.Call, answer));
        }
    }

    void IShardIo.WakeAt(Elapsed monotonic) => _wakeAt = monotonic;

    void IShardIo.Stop(Reason reason) => Crash(committed: false);
}
