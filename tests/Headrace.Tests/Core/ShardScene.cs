using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Runs a shard with the test in place of its loop: the test records every step that the shard requests and sets every
/// clock.
/// </summary>
internal sealed class ShardScene
{
    private readonly BrokerOptions _options;
    private long _lastRequest = 100;

    public ShardScene(BrokerOptions? options = null)
    {
        _options = options ?? new BrokerOptions();
        Shard = new Shard(() => new Broker(_options));
    }

    public Shard Shard { get; }

    public Instant Wall { get; set; } = new(1_800_000_000_000_000);

    public Elapsed Clock { get; set; } = new(5_000_000);

    public Dictionary<RequestId, Response> Answers { get; } = [];

    public List<Effect> Effects { get; } = [];

    public List<ShardStep.Read> Reads { get; } = [];

    public Batch? Committing { get; private set; }

    public string? Stopped { get; private set; }

    /// <summary>
    /// The rows that the shard loads again after the store rejects a batch; set by tests of this case.
    /// </summary>
    public List<StoredRow> Rows { get; } = [];

    public int Loads { get; private set; }

    public void Start()
    {
        On(new ShardEvent.Woke());
        Join();
    }

    /// <summary>Joins a worker with one slot that offers noop.</summary>
    public void Join()
    {
        var message = new WorkerMessage(Worker) { Slots = 1, Offers = [new Offer(new MethodName("noop"), 1, "{}")] };
        Do(new Command.Exchange(message, 1, TimeSpan.FromSeconds(10), null, [], false));
        Commit();
    }

    public static LeaseHolder Worker { get; } = new(new WorkerName("w1"), new Incarnation(1));

    public RequestId Arrive(Command command)
    {
        var requestId = new RequestId(++_lastRequest);
        On(new ShardEvent.CommandArrived(requestId, command));
        return requestId;
    }

    public RequestId Do(Command command)
    {
        var requestId = Arrive(command);
        On(new ShardEvent.Woke());
        return requestId;
    }

    public void Commit(CommitResult? result = null)
    {
        Assert.NotNull(Committing);
        Committing = null;
        On(new ShardEvent.Committed(result ?? new CommitResult.Durable()));
    }

    /// <summary>Completes the oldest read with these rows.</summary>
    public void Read(params StoredRow[] rows)
    {
        var read = Reads[0];
        Reads.RemoveAt(0);
        On(new ShardEvent.RowsRead(read.RequestId, rows));
        On(new ShardEvent.Woke());
    }

    public void Wake(TimeSpan later)
    {
        Clock += later;
        On(new ShardEvent.Woke());
    }

    public void On(ShardEvent shardEvent)
    {
        foreach (var step in Shard.Handle(shardEvent, Wall, Clock))
            Take(step);
        Invariants.Check(Shard.Broker);
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

    private void Take(ShardStep step)
    {
        switch (step)
        {
            case ShardStep.Load:
                Loads++;
                foreach (var row in Rows)
                    Shard.Restore(row);
                foreach (var next in Shard.Handle(new ShardEvent.Loaded(), Wall, Clock))
                    Take(next);
                break;
            case ShardStep.Commit commit:
                Committing = commit.Batch;
                break;
            case ShardStep.Publish publish:
                foreach (var (requestId, answer) in publish.Responses)
                    Answers.Add(requestId, answer);
                Effects.AddRange(publish.Effects);
                break;
            case ShardStep.Read read:
                Reads.Add(read);
                break;
            case ShardStep.Stop stop:
                Stopped = stop.Reason;
                break;
        }
    }
}
