using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Support;

/// <summary>
/// Runs the production shard and broker over a real job store with manual clocks. It does what the server's loop does,
/// one call at a time, and checks the broker's invariants after every event.
/// </summary>
internal sealed class ShardDriver
{
    /// <summary>
    /// The step by which time advances. It is shorter than the shard's one-second stall limit, so that leases and
    /// delays advance without the shard detecting a stall.
    /// </summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<RequestId, Response> _answers = [];
    private readonly IJobStore _jobStore;
    private readonly Epoch _epoch;
    private readonly Shard _shard;
    private long _lastRequest;
    private bool _loseNextResult;

    private ShardDriver(IJobStore jobStore, Epoch epoch, BrokerOptions options, Instant wall)
    {
        (_jobStore, _epoch, Wall) = (jobStore, epoch, wall);
        _shard = new Shard(() => new Broker(options));
    }

    public Broker Broker => _shard.Broker;

    public Instant Wall { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>All responses published so far, in order.</summary>
    public List<(RequestId RequestId, Response Response)> Published { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Why the shard stopped; null while it is running.</summary>
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
        Handle(new ShardEvent.CommandArrived(requestId, command));
        return requestId;
    }

    /// <summary>Wakes the shard and executes its steps until none are left.</summary>
    public Task WakeAsync() => ExecuteAsync(Handle(new ShardEvent.Woke()));

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
    public Task LeaveAsync(RequestId requestId) => ExecuteAsync(Handle(new ShardEvent.CallerDisconnected(requestId)));

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

    /// <summary>Advances time without waking the shard, which regards more than one second as a stall.</summary>
    public void AdvanceWithoutWaking(TimeSpan span)
    {
        Wall += span;
        Elapsed += span;
    }

    /// <summary>
    /// Loses the result of the next commit: the shard receives Unknown and commits the identical batch again (R5).
    /// </summary>
    public void LoseNextResult() => _loseNextResult = true;

    private async Task ExecuteAsync(IReadOnlyList<ShardStep> steps)
    {
        var next = new Queue<ShardStep>(steps);
        while (next.TryDequeue(out var step))
        {
            switch (step)
            {
                case ShardStep.Load:
                    await LoadAsync();
                    Then(new ShardEvent.Loaded());
                    break;
                case ShardStep.Commit commit:
                    Then(new ShardEvent.Committed(await CommitAsync(commit.Batch)));
                    break;
                case ShardStep.Publish publish:
                    Release(publish);
                    break;
                case ShardStep.Read read:
                    Then(
                        new ShardEvent.RowsRead(
                            read.RequestId,
                            await _jobStore.ReadAsync(read.Keys, TestContext.Current.CancellationToken)
                        )
                    );
                    Then(new ShardEvent.Woke());
                    break;
                case ShardStep.WakeAt wake:
                    WakeAt = wake.Elapsed;
                    break;
                case ShardStep.Stop stop:
                    Stopped = stop.Reason;
                    break;
            }
        }

        void Then(ShardEvent shardEvent)
        {
            foreach (var step in Handle(shardEvent))
                next.Enqueue(step);
        }
    }

    private async Task LoadAsync()
    {
        _shard.Restore(_jobStore.Store);
        await foreach (var row in _jobStore.LoadAsync(TestContext.Current.CancellationToken))
            _shard.Restore(row);
    }

    private async Task<CommitResult> CommitAsync(Batch batch)
    {
        var result = await _jobStore.CommitAsync(batch, _epoch, TestContext.Current.CancellationToken);
        if (!_loseNextResult)
            return result;
        _loseNextResult = false;
        return new CommitResult.Unknown("the reply was lost");
    }

    private void Release(ShardStep.Publish publish)
    {
        foreach (var (requestId, answer) in publish.Responses)
        {
            Assert.True(_answers.TryAdd(requestId, answer), $"Request {requestId.Value} was answered twice.");
            Published.Add((requestId, answer));
        }
        Effects.AddRange(publish.Effects);
    }

    private IReadOnlyList<ShardStep> Handle(ShardEvent shardEvent)
    {
        var steps = _shard.Handle(shardEvent, Wall, Elapsed);
        Invariants.Check(Broker);
        return steps;
    }
}
