using Headrace.Core;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>Runs each job of a method as a process of its own.</summary>
internal sealed class CommandExecutor(MethodManifest manifest, Executions executions) : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        using var wake = Descriptor.Event();
        await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            job.End(Run(job, wake, cancellationToken));
    }

    private JobOutcome Run(JobExecution job, Descriptor wake, CancellationToken cancellationToken)
    {
        try
        {
            return new CommandRun(manifest, job, executions, wake, cancellationToken).Run();
        }
        catch (JobRejectedException rejected)
        {
            return JobOutcome.Rejected(rejected.Message);
        }
        // The program, a pipe or the scratch folder is missing. That may be different on another worker or later.
        catch (Exception unavailable)
            when (unavailable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            return JobOutcome.Failed("NotStarted", unavailable.Message);
        }
    }
}
