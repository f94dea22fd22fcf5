using System.Diagnostics.CodeAnalysis;
using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Runs a shard without its loop. The test itself completes every commit and read, and sets the clocks.
/// </summary>
internal sealed class ShardScene : IShardIo
{
    private readonly BrokerOptions _options;
    private readonly CommandQueue _mailbox = new();
    private readonly Queue<ShardEvent> _events = [];
    private readonly ShardRunner _runner;
    private long _lastRequest = 100;

    public ShardScene(BrokerOptions? options = null)
    {
        _options = options ?? new BrokerOptions();
        Shard = new Shard(() => new Broker(_options), _mailbox);
        _runner = new ShardRunner(Shard, this);
    }

    public Shard Shard { get; }

    public Instant Wall { get; set; } = new(1_800_000_000_000_000);

    public Elapsed Clock { get; set; } = new(5_000_000);

    public Dictionary<RequestId, Response> Answers { get; } = [];

    public List<Effect> Effects { get; } = [];

    public List<RowRequest> Reads { get; } = [];

    /// <summary>
    /// The calls that the shard made to <see cref="IShardIo"/>, in order: "commit", "read" and "publish".
    /// </summary>
    public List<string> Log { get; } = [];

    public Batch? Committing { get; private set; }

    public string? Stopped { get; private set; }

    /// <summary>The time at which the shard asked to be woken.</summary>
    public Elapsed? WakeAt { get; private set; }

    /// <summary>
    /// The rows that the shard loads again after the store has rejected a batch. Tests of rejected batches set them.
    /// </summary>
    public List<StoredRow> Rows { get; } = [];

    public int Loads { get; private set; }

    Elapsed IShardIo.Monotonic => Clock;

    public void Start()
    {
        Wake(TimeSpan.Zero);
        Join();
    }

    /// <summary>Makes a worker with one slot join and offer noop.</summary>
    public void Join()
    {
        var message = new WorkerMessage(Worker) { Slots = 1, Offers = [new Offer(new MethodName("noop"), 1, "{}")] };
        Do(new Command.Exchange(message, 1, TimeSpan.FromSeconds(10), null, [], false));
        Commit();
    }

    public static LeaseHolder Worker { get; } = new(new WorkerName("w1"), new Incarnation(1));

    /// <param name="command">The command that arrives in the mailbox.</param>
    /// <param name="callerGone">True if the caller disconnects before the command is applied.</param>
    public RequestId Arrive(Command command, bool callerGone = false)
    {
        var requestId = new RequestId(++_lastRequest);
        var pending = new PendingCommand(requestId, command) { ArrivedAt = Clock, CallerGone = callerGone };
        Assert.True(_mailbox.TryAdd(pending));
        return requestId;
    }

    public RequestId Do(Command command)
    {
        var requestId = Arrive(command);
        Wake(TimeSpan.Zero);
        return requestId;
    }

    /// <summary>
    /// Completes the pending commit and then, after the given time, the store maintenance that follows.
    /// </summary>
    public void Commit(CommitResult? result = null, TimeSpan maintenance = default)
    {
        Assert.NotNull(Committing);
        Committing = null;
        _runner.OnCommitted(result ?? new CommitResult.Durable());
        Clock += maintenance;
        _runner.Wake();
        Invariants.Check(Shard.Broker);
    }

    /// <summary>Completes the oldest read with these rows.</summary>
    public void Read(params StoredRow[] rows) => EndRead(read => new ShardEvent.RowsRead(read, rows));

    /// <summary>Fails the oldest read.</summary>
    public void FailRead(string why) => EndRead(read => new ShardEvent.ReadFailed(read, why));

    /// <summary>Reports that the caller of a request has disconnected.</summary>
    public void Leave(RequestId requestId) => On(new ShardEvent.CallerDisconnected(requestId));

    public void Wake(TimeSpan later)
    {
        Clock += later;
        _runner.Wake();
        Invariants.Check(Shard.Broker);
    }

    /// <summary>Starts the shard, and lets the worker claim a job.</summary>
    public void StartWithRunningJob()
    {
        Start();
        Do(Submit());
        Commit();
        Assert.Equal(JobState.Running, Shard.Broker.State.Jobs.All.Single().Status.State);
    }

    /// <summary>Creates a report from the worker.</summary>
    public static Command.Report Report(params IReadOnlyList<Outcome> outcomes) =>
        new(new WorkerMessage(Worker) { Outcomes = outcomes }, []);

    /// <summary>
    /// Creates a command that requires a commit but changes no job. It registers a method that is not known yet.
    /// </summary>
    public Command.RegisterMethods Other() => new([new Offer(new MethodName($"m{++_methods}"), 1, "{}")]);

    private int _methods;

    private void EndRead(Func<RowRequest, ShardEvent> result)
    {
        var read = Reads[0];
        Reads.RemoveAt(0);
        On(result(read));
    }

    private void On(ShardEvent shardEvent)
    {
        _events.Enqueue(shardEvent);
        Wake(TimeSpan.Zero);
    }

    public static Command.Submit Submit(string? key = null, int hash = 0, int jobs = 1) =>
        new([
            .. Enumerable
                .Range(0, jobs)
                .Select(_ => new NewJob(
                    new JobSpec
                    {
                        Queue = QueueName.Default,
                        Method = new MethodName("noop"),
                        Owner = "admin",
                        Key = key is null ? null : new IdempotencyKey(key, (UInt128)hash),
                    },
                    default
                )),
        ]);

    bool IShardIo.TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent) => _events.TryDequeue(out shardEvent);

    void IShardIo.StartLoad()
    {
        Loads++;
        foreach (var row in Rows)
            _runner.Restore(row);
        _runner.OnLoaded();
    }

    void IShardIo.StartCommit(Batch batch)
    {
        Log.Add("commit");
        Committing = batch;
    }

    void IShardIo.StartReads(IReadOnlyList<RowRequest> requests)
    {
        Log.Add("read");
        Reads.AddRange(requests);
    }

    void IShardIo.Publish(
        IReadOnlyList<(RequestId RequestId, Response Response)> responses,
        IReadOnlyList<Effect> effects
    )
    {
        Log.Add("publish");
        foreach (var (requestId, answer) in responses)
            Answers.Add(requestId, answer);
        Effects.AddRange(effects);
    }

    void IShardIo.WakeAt(Elapsed monotonic) => WakeAt = monotonic;

    void IShardIo.Stop(Reason reason) => Stopped = reason.Detail;
}
