using Headrace.Core;
using Headrace.Storage.Sqlite;
using ShardCommand = Headrace.Core.Command;

namespace Headrace.Bench.Retention;

/// <summary>
/// Measures the processor time of single deletion steps, using a broker and a store in this process without a server.
/// </summary>
internal static class DeletionSteps
{
    private const int WarmUpSteps = 100;

    /// <summary>Deletes jobs in steps until this many steps have been taken, or no job is left.</summary>
    public static async Task<StepTimes> RunAsync(string data, int maxSteps, CancellationToken stop)
    {
        await using var store = SqliteJobStore.Create(
            Path.Combine(data, "headrace.db"),
            Durability.Fsync,
            TimeProvider.System
        );
        var epoch = await store.OpenAsync(new StoreOwner(Environment.MachineName, Environment.ProcessId), stop);
        var broker = new Broker(new BrokerOptions());
        await foreach (var row in store.LoadAsync(stop))
            broker.Restore(row, default);
        var (turns, commits, jobs) = (new List<double>(), new List<double>(), 0L);
        for (var step = 1L; turns.Count < maxSteps; step++)
        {
            var request = new RequestId(step);
            var command = new ShardCommand.DeleteExpired();
            var asked = Apply(broker, request, command, out _);
            if (asked.Responses.Single().Answer is not Response.ReadRequired required)
                break;
            var rows = await store.ReadAsync(required.Keys, stop);
            var before = Environment.CpuUsage.TotalTime;
            var batch = Apply(broker, request, command.WithRows(rows), out var turn);
            if (batch.Responses.Single().Answer is not Response.ExpiredDeleted { Jobs: > 0 } deleted)
                break;
            before = Environment.CpuUsage.TotalTime;
            if (await store.CommitAsync(batch, epoch, stop) is not CommitResult.Durable)
                throw new HeadraceException("A deletion was not committed.");
            // During the first steps, the runtime compiles the code.
            if (step <= WarmUpSteps)
                continue;
            turns.Add(turn.TotalMilliseconds);
            commits.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            jobs += deleted.Jobs;
            await store.MaintainAsync();
        }
        turns.Sort();
        commits.Sort();
        return new StepTimes(jobs, turns, commits);
    }

    private static Batch Apply(Broker broker, RequestId request, ShardCommand command, out TimeSpan processor)
    {
        var batch = new Batch();
        var context = new ApplyContext(Instant.From(TimeProvider.System.GetUtcNow()), default, batch);
        var before = Environment.CpuUsage.TotalTime;
        broker.Apply(request, command, context);
        broker.FinishBatch(context);
        processor = Environment.CpuUsage.TotalTime - before;
        return batch;
    }
}

/// <summary>
/// The processor times of all steps in milliseconds, in ascending order. The times of the broker and of the commit are
/// listed separately.
/// </summary>
internal sealed record StepTimes(long Jobs, IReadOnlyList<double> Turns, IReadOnlyList<double> Commits)
{
    public static double Median(IReadOnlyList<double> times) => times.Count == 0 ? 0 : times[times.Count / 2];

    public static double Percentile99(IReadOnlyList<double> times) =>
        times.Count == 0 ? 0 : times[(int)(0.99 * (times.Count - 1))];

    public static double Max(IReadOnlyList<double> times) => times.Count == 0 ? 0 : times[^1];
}
