using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Storage.Memory;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

/// <summary>
/// The production shard over a memory store, with a worker that ends jobs, and a feed whose completions the test pulls.
/// </summary>
internal sealed class FeedScene : IAsyncDisposable
{
    public static readonly FeedName Feed = new("orders");
    public static readonly QueueName Queue = new("eu");
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly LeaseHolder Worker = new(new WorkerName("w1"), new Incarnation(1));

    private long _exchange;

    public MemoryJobStore Store { get; } = MemoryJobStore.Create(TimeProvider.System);

    public ShardDriver Shard { get; private set; } = null!;

    public BrokerOptions Options { get; init; } = new();

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    /// <summary>Starts a server on the store, or restarts it.</summary>
    public async Task StartAsync()
    {
        Shard = await ShardDriver.StartAsync(Store, Shard?.Wall ?? new Instant(1_800_000_000_000_000), Options);
        await Shard.SendAndWakeAsync(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]));
    }

    /// <summary>Completes jobs one after another and returns their ids.</summary>
    public async Task<List<JobId>> EndAsync(
        int count,
        OutcomeKind how = OutcomeKind.Succeeded,
        string queue = "eu",
        int resultBytes = 1
    )
    {
        var jobs = new List<JobId>();
        for (var i = 0; i < count; i++)
        {
            var spec = new JobSpec
            {
                Queue = new QueueName(queue),
                Method = new MethodName("noop"),
                Owner = "admin",
            };
            var submit = new Command.Submit([new NewJob(spec, default)]);
            jobs.Add((await Shard.AskAsync<Response.Submitted>(submit)).Results[0].Id);
            await FinishAsync(how, resultBytes);
        }
        return jobs;
    }

    /// <summary>Lets the worker claim the ready job and end it.</summary>
    public async Task FinishAsync(OutcomeKind how = OutcomeKind.Succeeded, int resultBytes = 1)
    {
        var message = new WorkerMessage(Worker)
        {
            Slots = 1,
            Pool = "p",
            Offers = [new Offer(new MethodName("noop"), 1, "{}")],
        };
        _exchange = Shard.Broker.State.Workers.Current(Worker) is null ? 1 : _exchange + 1;
        var exchange = new Command.Exchange(message, _exchange, TimeSpan.FromSeconds(5), null, [], false);
        var lease = Assert.Single((await Shard.AskAsync<Response.Exchanged>(exchange)).Leases);
        var outcome = new Outcome(new LeaseToken(lease.Id, lease.Status.Attempt), how)
        {
            Result = how == OutcomeKind.Succeeded ? new byte[resultBytes] : default,
        };
        var report = new Command.Report(new WorkerMessage(Worker) { Outcomes = [outcome] }, []);
        await Shard.AskAsync<Response.Exchanged>(report);
    }

    public Task<Response.Feeds> CreateAsync(FeedStart? from = null, FeedStates states = FeedStates.Succeeded) =>
        Shard.AskAsync<Response.Feeds>(new Command.CreateFeed(Feed, Queue, states, from ?? FeedStart.First));

    public static Command.Pull Pull(int maxCount, TimeSpan wait = default) =>
        new(Feed, Queue, maxCount) { Lease = Lease, Wait = wait };

    public Task<Response.Pulled> PullAsync(int maxCount) => Shard.AskAsync<Response.Pulled>(Pull(maxCount));

    public async Task<List<JobId>> PullJobsAsync(int maxCount) => Jobs(await PullAsync(maxCount));

    public Task<Response.Settled> AcknowledgeAsync(Response.Pulled pulled, params int[] indexes) =>
        SettleAsync(pulled, acknowledges: true, indexes);

    public Task<Response.Settled> ReleaseAsync(Response.Pulled pulled, params int[] indexes) =>
        SettleAsync(pulled, acknowledges: false, indexes);

    public async Task<FeedView> ViewAsync() =>
        Assert.Single((await Shard.AskAsync<Response.Feeds>(new Command.GetFeed(Feed))).Items);

    public static List<JobId> Jobs(Response? answer) =>
        [.. Assert.IsType<Response.Pulled>(answer).Completions.Select(end => end.Job)];

    /// <summary>Settles the completions with these indexes; all of them if none is given.</summary>
    private Task<Response.Settled> SettleAsync(Response.Pulled pulled, bool acknowledges, int[] indexes)
    {
        var chosen = indexes.Length == 0 ? pulled.Completions : [.. indexes.Select(i => pulled.Completions[i])];
        return Shard.AskAsync<Response.Settled>(
            new Command.Settle(
                Feed,
                Queue,
                [.. chosen.Select(end => new DeliveryToken(end.CompletionNumber, pulled.Epoch))],
                acknowledges
            )
        );
    }
}
