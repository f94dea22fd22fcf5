using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>A shard whose loop is the test: every step it asks for is kept, every clock is set by hand.</summary>
internal sealed class ShardScene
{
    private readonly BrokerOptions _options;
    private long _ticket = 100;

    public ShardScene(BrokerOptions? options = null)
    {
        _options = options ?? new BrokerOptions();
        Shard = new Shard(() => new Broker(_options));
    }

    public Shard Shard { get; }

    public Instant Wall { get; set; } = new(1_800_000_000_000_000);

    public Elapsed Clock { get; set; } = new(5_000_000);

    public Dictionary<Ticket, Answer> Answers { get; } = [];

    public List<Effect> Effects { get; } = [];

    public List<ShardStep.Read> Reads { get; } = [];

    public Batch? Committing { get; private set; }

    public string? Stopped { get; private set; }

    /// <summary>What a reload would find; set by tests that let the store refuse.</summary>
    public List<StoredRow> Rows { get; } = [];

    public int Loads { get; private set; }

    public void Start()
    {
        On(new ShardEvent.Woke());
        Join();
    }

    /// <summary>A worker with one slot that offers noop.</summary>
    public void Join()
    {
        var message = new WorkerMessage(Worker) { Slots = 1, Offers = [new Offer(new MethodName("noop"), 1, "{}")] };
        Do(new Command.Exchange(message, 1, TimeSpan.FromSeconds(10), null, [], false));
        Commit();
    }

    public static Holder Worker { get; } = new(new WorkerName("w1"), new Incarnation(1));

    public Ticket Arrive(Command command)
    {
        var ticket = new Ticket(++_ticket);
        On(new ShardEvent.Arrived(ticket, command));
        return ticket;
    }

    public Ticket Do(Command command)
    {
        var ticket = Arrive(command);
        On(new ShardEvent.Woke());
        return ticket;
    }

    public void Commit(CommitResult? result = null)
    {
        Assert.NotNull(Committing);
        Committing = null;
        On(new ShardEvent.Committed(result ?? new CommitResult.Durable()));
    }

    /// <summary>Ends the oldest read with these rows.</summary>
    public void Read(params StoredRow[] rows)
    {
        var read = Reads[0];
        Reads.RemoveAt(0);
        On(new ShardEvent.RowsRead(read.Ticket, rows));
        On(new ShardEvent.Woke());
    }

    public void Wake(TimeSpan later)
    {
        Clock += later;
        On(new ShardEvent.Woke());
    }

    public void On(ShardEvent happened)
    {
        foreach (var step in Shard.On(happened, Wall, Clock))
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
                foreach (var next in Shard.On(new ShardEvent.Loaded(), Wall, Clock))
                    Take(next);
                break;
            case ShardStep.Commit commit:
                Committing = commit.Batch;
                break;
            case ShardStep.Release release:
                foreach (var (ticket, answer) in release.Answers)
                    Answers.Add(ticket, answer);
                Effects.AddRange(release.Effects);
                break;
            case ShardStep.Read read:
                Reads.Add(read);
                break;
            case ShardStep.Stop stop:
                Stopped = stop.Why;
                break;
        }
    }
}
