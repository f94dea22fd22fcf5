using Headrace.Worker.Methods;

namespace Headrace.Worker.Executors;

/// <summary>Calls a delegate once for each batch of jobs. When it returns, any jobs that it did not end fail.</summary>
internal sealed class BatchExecutor<TInput>(BoundDelegate bind, Func<IReadOnlyList<JobLease<TInput>>, Task> handler)
    : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        // The delegate cannot be stopped, so the token is not used.
        await foreach (var batch in jobs.ReadBatchesAsync(CancellationToken.None))
            await RunAsync(batch);
    }

    private async Task RunAsync(IReadOnlyList<JobExecution> batch)
    {
        Exception why = new JobFailedException(
            "The method returned without ending this job. Call Succeed or Fail for each job."
        );
        try
        {
            var jobs = batch.Select(job => BoundLease<TInput>.TryBind(job, bind)).OfType<JobLease<TInput>>().ToList();
            if (jobs.Count > 0)
                await handler(jobs);
        }
        // Catches every exception, because an exception must fail only the jobs in this batch.
        catch (Exception thrown)
        {
            why = thrown;
        }
        foreach (var job in batch)
            job.End(JobOutcome.Failed(why));
    }
}
