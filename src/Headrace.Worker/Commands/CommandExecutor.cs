using Headrace.Core;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;

namespace Headrace.Worker.Commands;

/// <summary>Runs each job of a method as a separate process, or as several ranks.</summary>
/// <param name="manifest">The method.</param>
/// <param name="ranks">Specifies how the ranks of the program are started; null if it is an ordinary program.</param>
/// <param name="executions">The executions of this worker.</param>
internal sealed class CommandExecutor(MethodManifest manifest, RankPlan? ranks, Executions executions) : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        using var slot = new CommandSlot();
        await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            job.End(Run(job, slot, cancellationToken));
    }

    private JobOutcome Run(JobExecution job, CommandSlot slot, CancellationToken cancellationToken)
    {
        try
        {
            return new CommandRun(manifest, ranks, job, executions, slot, cancellationToken).Run();
        }
        catch (JobRejectedException rejected)
        {
            return JobOutcome.Rejected(rejected.Message);
        }
        // The program could not be started, or its pipes or its scratch folder could not be created. The job may still
        // succeed on another worker or at a later time.
        catch (Exception unavailable)
            when (unavailable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            return JobOutcome.Failed("NotStarted", unavailable.Message);
        }
    }
}
