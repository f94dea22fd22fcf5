using Headrace.Core;
using ShardCommand = Headrace.Core.Command;

namespace Headrace.Bench.Retention;

/// <summary>Measures the CPU time of individual deletion steps.</summary>
internal static class DeletionSteps
{
    /// <summary>The first steps are not measured, because the runtime compiles the code during them.</summary>
    private const int WarmUpSteps = 100;

    /// <summary>Deletes expired jobs until this many steps have been measured or no expired jobs are left.</summary>
    public static async Task<StepTimes> RunAsync(string data, int maxSteps, CancellationToken stop)
    {
        await using var shard = await InProcessShard.OpenAsync(data, stop);
        var times = new StepTimes();
        for (var step = 1; times.Count < maxSteps; step++)
        {
            var measured = await shard.ApplyAsync(new ShardCommand.DeleteExpired(), stop);
            if (measured.Answer is not Response.ExpiredDeleted { Jobs: > 0 })
                break;
            if (step > WarmUpSteps)
                times.Add(measured);
        }
        return times;
    }
}
