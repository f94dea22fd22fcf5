using Headrace.Core;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>Runs each job of a method in its own process.</summary>
internal sealed class CommandExecutor(MethodManifest manifest, Executions executions) : IMethodExecutor
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
            return new CommandRun(manifest, job, executions, slot, cancellationToken).Run();
        }
        catch (JobRejectedException rejected)
        {
            return JobOutcome.Rejected(rejected.Message);
        }
        // The program, a pipe or the scratch folder is missing. The job may still succeed on another worker or at a
        // later time.
        catch (Exception unavailable)
            when (unavailable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            return JobOutcome.Failed("NotStarted", unavailable.Message);
        }
    }
}
