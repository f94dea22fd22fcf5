using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;
using ShardCommand = Headrace.Core.Command;

namespace Headrace.Bench.Bulk;

/// <summary>Measures the CPU time of individual sweep steps.</summary>
internal static class SweepSteps
{
    /// <summary>The first steps are not measured, because the runtime compiles the code during them.</summary>
    private const int WarmUpSteps = 20;

    private const int MaxSteps = 1_000;

    /// <summary>Retries cancelled jobs, cancels them again, and deletes them.</summary>
    public static async Task<IReadOnlyList<StepSummary>> RunAsync(string data, CancellationToken stop)
    {
        await using var shard = await InProcessShard.OpenAsync(data, stop);
        var summaries = new List<StepSummary>();
        foreach (var action in (SweepAction[])[SweepAction.Retry, SweepAction.Cancel, SweepAction.Delete])
        {
            var times = await RunAsync(shard, action, stop);
            summaries.AddRange(times.Summarize(action.ToString().ToLowerInvariant()));
        }
        return summaries;
    }

    private static async Task<StepTimes> RunAsync(InProcessShard shard, SweepAction action, CancellationToken stop)
    {
        var times = new StepTimes();
        var started = await shard.ApplyAsync(new ShardCommand.StartSweep(action, JobFilter.Everything, "admin"), stop);
        var sweep = ((Response.Sweeps)started.Answer).Items[0];
        for (var step = 1; step <= WarmUpSteps + MaxSteps && sweep.State == SweepState.Running; step++)
        {
            var measured = await shard.ApplyAsync(new ShardCommand.StepSweep(sweep.Id), stop);
            sweep = ((Response.Sweeps)measured.Answer).Items[0];
            if (step > WarmUpSteps)
                times.Add(measured);
        }
        await shard.ApplyAsync(new ShardCommand.StopSweep(sweep.Id), stop);
        return times;
    }
}
