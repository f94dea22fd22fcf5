using Headrace.Bench.Retention;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Storage.Sqlite;

namespace Headrace.Bench.Feeds;

/// <summary>Consumes all ended jobs in a store through a feed.</summary>
internal static class FeedMeasure
{
    private const string Feed = "bench";

    /// <summary>Number of jobs that are consumed before the measurement, while the code is compiled.</summary>
    private const int WarmUpJobs = 20_000;

    public static async Task<FeedRun> RunAsync(string folder, int jobs, int consumers, int top, CancellationToken stop)
    {
        FeedRun run;
        await using (
            var server = await EndedJobServer.StartAsync(
                folder,
                jobs + WarmUpJobs,
                new Dictionary<string, string>(),
                stop
            )
        )
            run = await ConsumeAsync(server, consumers, top, stop);
        return run with { Jobs = jobs, Commits = Batches(Path.Combine(folder, "data")) };
    }

    private static async Task<FeedRun> ConsumeAsync(
        EndedJobServer server,
        int consumers,
        int top,
        CancellationToken stop
    )
    {
        var client = server.Client;
        var request = new FeedRequest { Queue = EndedJobs.Queue, From = "first" };
        await client.Feeds.CreateAsync(Feed, request, stop);
        for (var warm = 0; warm < WarmUpJobs;)
            warm += (await ConsumeOnceAsync(client, Math.Min(top, WarmUpJobs - warm), stop)).Acknowledged;
        var (serverBefore, ownBefore) = (server.ProcessorMicros, Environment.CpuUsage.TotalTime);
        var began = BenchClock.Monotonic;
        var done = await Task.WhenAll(
            Enumerable.Range(0, consumers).Select(_ => Task.Run(() => ConsumeAllAsync(client, top, stop), stop))
        );
        var seconds = BenchClock.Seconds(BenchClock.Monotonic - began);
        var acknowledged = done.Sum(consumer => (long)consumer.Acknowledged);
        return new FeedRun(
            consumers,
            top,
            acknowledged,
            done.Sum(consumer => (long)consumer.Repeated),
            seconds,
            done.Max(consumer => consumer.SlowestPull)
        )
        {
            ServerMicros = (server.ProcessorMicros - serverBefore) / acknowledged,
            ConsumerMicros = (Environment.CpuUsage.TotalTime - ownBefore).TotalMicroseconds / acknowledged,
        };
    }

    private static async Task<Consumed> ConsumeAllAsync(HeadraceClient client, int top, CancellationToken stop)
    {
        var sum = new Consumed(0, 0, 0);
        while (await ConsumeOnceAsync(client, top, stop) is { Acknowledged: > 0 } once)
            sum = new Consumed(
                sum.Acknowledged + once.Acknowledged,
                sum.Repeated + once.Repeated,
                Math.Max(sum.SlowestPull, once.SlowestPull)
            );
        return sum;
    }

    private static async Task<Consumed> ConsumeOnceAsync(HeadraceClient client, int top, CancellationToken stop)
    {
        var sent = BenchClock.Monotonic;
        var pulled = await client.Feeds.PullAsync(Feed, top, cancellationToken: stop);
        var took = BenchClock.Seconds(BenchClock.Monotonic - sent);
        if (pulled.Deliveries.Count == 0)
            return new Consumed(0, 0, took);
        var reply = await client.Feeds.AcknowledgeAsync(Feed, pulled.Deliveries.Select(each => each.Token), stop);
        return new Consumed(reply.Acknowledged, reply.Repeated + reply.Ignored, took);
    }

    /// <summary>The number of batches that a stopped server has committed.</summary>
    private static long Batches(string data)
    {
        using var database = Database.Open(
            Path.Combine(data, "headrace.db"),
            writable: false,
            TimeSpan.FromSeconds(10)
        );
        return database.QueryLong("SELECT batch FROM shard");
    }

    private readonly record struct Consumed(int Acknowledged, int Repeated, double SlowestPull);
}

/// <summary>The results of consuming a feed.</summary>
/// <param name="Consumers">The number of consumers.</param>
/// <param name="Top">The number of jobs in one pull.</param>
/// <param name="Acknowledged">The number of jobs that were pulled and acknowledged.</param>
/// <param name="Repeated">The number of acknowledgements that were repeated or ignored.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="SlowestPull">The slowest pull in seconds.</param>
internal sealed record FeedRun(
    int Consumers,
    int Top,
    long Acknowledged,
    long Repeated,
    double Seconds,
    double SlowestPull
)
{
    /// <summary>The processor time of the server for each job, in microseconds.</summary>
    public double ServerMicros { get; init; }

    /// <summary>The processor time of all consumers together for each job, in microseconds.</summary>
    public double ConsumerMicros { get; init; }

    /// <summary>The number of ended jobs in the store.</summary>
    public long Jobs { get; init; }

    /// <summary>The number of commits since the store was created, including those of its starts.</summary>
    public long Commits { get; init; }
}
