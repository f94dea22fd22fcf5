using System.Diagnostics.CodeAnalysis;
using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Support;

/// <summary>
/// Runs the production shard and broker over a real job store with manual clocks. It performs the work of the server's
/// loop, one call at a time, and checks the broker's invariants after every turn.
/// </summary>
internal sealed class ShardDriver : IShardIo
{
    /// <summary>
    /// The step by which time advances. It is shorter than the shard's one-second stall limit, so that leases and
    /// delays advance without the shard detecting a stall.
    /// </summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<RequestId, Response> _answers = [];
    private readonly IJobStore _jobStore;
    private readonly Epoch _epoch;
    private readonly CommandQueue _mailbox = new();
    private readonly Queue<ShardEvent> _events = [];
    private readonly Queue<Func<Task>> _work = [];
    private readonly Shard _shard;
    private readonly ShardRunner _runner;
    private long _lastRequest;
    private bool _loseNextResult;

    private ShardDriver(IJobStore jobStore, Epoch epoch, BrokerOptions options, Instant wall)
    {
        (_jobStore, _epoch, Wall) = (jobStore, epoch, wall);
        _shard = new Shard(() => new Broker(options), _mailbox);
        _runner = new ShardRunner(_shard, this);
    }

    public Broker Broker => _shard.Broker;

    public Instant Wall { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>All responses published so far, in order.</summary>
    public List<(RequestId RequestId, Response Response)> Published { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>The reason why the shard stopped; null while it is running.</summary>
    public string? Stopped { get; private set; }

    /// <summary>The time at which the shard asked to be woken.</summary>
    public Elapsed? WakeAt { get; private set; }

    public static async Task<ShardDriver> StartAsync(IJobStore jobStore, Instant wall, BrokerOptions? options = null)
    {
        var epoch = await jobStore.OpenAsync(new StoreOwner("test", 1), TestContext.Current.CancellationToken);
        var driver = new ShardDriver(jobStore, epoch, options ?? new BrokerOptions(), wall);
        await driver.WakeAsync();
        return driver;
    }

    /// <summary>Enqueues a command. It is applied when the shard wakes, together with other waiting commands.</summary>
    public RequestId Send(Command command)
    {
        var requestId = new RequestId(++_lastRequest);
        Assert.True(_mailbox.TryAdd(new PendingCommand(requestId, command) { ArrivedAt = Elapsed }));
        return requestId;
    }

    /// <summary>Wakes the shard and completes its commits and reads until none are left.</summary>
    public async Task WakeAsync()
    {
        do
        {
            _runner.Wake();
            while (_work.TryDequeue(out var work))
                await work();
            Invariants.Check(Broker);
        } while (_events.Count > 0);
    }

    /// <summary>Sends one command and wakes the shard; the response may come later.</summary>
    public async Task<RequestId> SendAndWakeAsync(Command command)
    {
        var requestId = Send(command);
        await WakeAsync();
        return requestId;
    }

    /// <summary>Sends one command that the shard answers immediately, and returns the response.</summary>
    public async Task<T> AskAsync<T>(Command command)
        where T : Response
    {
        var requestId = await SendAndWakeAsync(command);
        return AnswerTo(requestId) switch
        {
            T answer => answer,
            null => throw new InvalidOperationException(
                $"{command.GetType().Name} has not been answered: it is parked, or its batch is not durable yet."
            ),
            var other => throw new InvalidOperationException(
                $"{command.GetType().Name} received an unexpected response: {FieldText.Of(other)}."
            ),
        };
    }

    public Response? AnswerTo(RequestId requestId) => _answers.GetValueOrDefault(requestId);

    /// <summary>Reports that the caller of a request has disconnected.</summary>
    public Task LeaveAsync(RequestId requestId)
    {
        _events.Enqueue(new ShardEvent.CallerDisconnected(requestId));
        return WakeAsync();
    }

    /// <summary>Advances time and wakes the shard whenever it is due.</summary>
    public async Task AdvanceAsync(TimeSpan span)
    {
        while (span > TimeSpan.Zero)
        {
            var step = span < Step ? span : Step;
            AdvanceWithoutWaking(step);
            await WakeAsync();
            span -= step;
        }
    }

    /// <summary>
    /// Advances time without waking the shard. If more than one second passes, the shard detects a stall.
    /// </summary>
    public void AdvanceWithoutWaking(TimeSpan span)
    {
        Wall += span;
        Elapsed += span;
    }

    /// <summary>
    /// Discards the result of the next commit. The shard receives Unknown instead and commits the identical batch again
    /// (R5).
    /// </summary>
    public void LoseNextResult() => _loseNextResult = true;

    Elapsed IShardIo.Monotonic => Elapsed;

    bool IShardIo.TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent) => _events.TryDequeue(out shardEvent);

    void IShardIo.StartLoad() => _work.Enqueue(LoadAsync);

    void IShardIo.StartCommit(Batch batch) =>
        _work.Enqueue(async () =>
        {
            _runner.OnCommitted(await CommitAsync(batch));
            await _jobStore.MaintainAsync();
            _runner.Wake();
        });

    void IShardIo.StartReads(IReadOnlyList<RowRequest> requests) =>
        _work.Enqueue(async () =>
        {
            foreach (var request in requests)
                _events.Enqueue(
                    new ShardEvent.RowsRead(
                        request,
                        await _jobStore.ReadAsync(request.Keys, TestContext.Current.CancellationToken)
                    )
                );
        });

    void IShardIo.Publish(
        IReadOnlyList<(RequestId RequestId, Response Response)> responses,
        IReadOnlyList<Effect> effects
    )
    {
        foreach (var (requestId, answer) in responses)
        {
            Assert.True(_answers.TryAdd(requestId, answer), $"Request {requestId.Value} was answered twice.");
            Published.Add((requestId, answer));
        }
        Effects.AddRange(effects);
    }

    void IShardIo.WakeAt(Elapsed monotonic) => WakeAt = monotonic;

    void IShardIo.Stop(Reason reason) => Stopped = reason.Detail;

    private async Task LoadAsync()
    {
        _runner.Restore(_jobStore.Store);
        await foreach (var row in _jobStore.LoadAsync(TestContext.Current.CancellationToken))
            _runner.Restore(row);
        _runner.OnLoaded();
    }

    private async Task<CommitResult> CommitAsync(Batch batch)
    {
        var result = await _jobStore.CommitAsync(batch, _epoch, TestContext.Current.CancellationToken);
        if (!_loseNextResult)
            return result;
        _loseNextResult = false;
        return new CommitResult.Unknown("the reply was lost");
    }
}
