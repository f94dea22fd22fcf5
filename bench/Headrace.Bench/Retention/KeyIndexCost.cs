using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Storage.Sqlite;
using ShardCommand = Headrace.Core.Command;

namespace Headrace.Bench.Retention;

/// <summary>
/// Measures how much the index that finds idempotency keys by job adds to the cost of a submission: the CPU time
/// of commits with the index and without it.
/// </summary>
internal static class KeyIndexCost
{
    private const int Rounds = 4;
    private const int CommitsPerRound = 200;
    private const int JobsPerCommit = 100;

    /// <summary>Returns the median CPU time of a submission in microseconds.</summary>
    public static async Task<(double With, double Without)> RunAsync(string data, CancellationToken stop)
    {
        var (with, without) = (new List<double>(), new List<double>());
        var random = new Random(1);
        // The code is compiled during the first round. Rounds with and without the index alternate, because the store
        // grows.
        await SubmitAsync(data, [], random, stop);
        for (var round = 0; round < Rounds; round++)
        {
            await SubmitAsync(data, with, random, stop);
            Change(data, "DROP INDEX idempotency_key_job");
            await SubmitAsync(data, without, random, stop);
            Change(data, "CREATE INDEX idempotency_key_job ON idempotency_key (job)");
        }
        return (Median(with), Median(without));
    }

    private static async Task SubmitAsync(string data, List<double> times, Random random, CancellationToken stop)
    {
        await using var shard = await InProcessShard.OpenAsync(data, stop);
        for (var i = 0; i < CommitsPerRound; i++)
        {
            var measured = await shard.ApplyAsync(
                new ShardCommand.Submit([.. Enumerable.Range(0, JobsPerCommit).Select(_ => Job(random))]),
                stop
            );
            times.Add(measured.Commit.TotalMicroseconds / JobsPerCommit);
        }
    }

    private static NewJob Job(Random random) =>
        new(
            new JobSpec
            {
                Queue = new QueueName("keys"),
                Method = new MethodName("noop"),
                Owner = "admin",
                Key = new IdempotencyKey(random.NextInt64().ToString("x16", CultureInfo.InvariantCulture), 1),
            },
            default
        );

    private static void Change(string data, string sql)
    {
        using var database = Database.Open(Path.Combine(data, "headrace.db"), writable: true, TimeSpan.FromSeconds(10));
        database.Execute(sql);
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}
