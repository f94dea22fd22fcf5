namespace Headrace.Worker.Executors;

/// <summary>Fails the jobs of a method that this worker does not have.</summary>
internal sealed class UnknownMethodExecutor : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            job.End(JobOutcome.Failed("UnknownMethod", $"This worker does not provide the method {job.Method}."));
    }
}
