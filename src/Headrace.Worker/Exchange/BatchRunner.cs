using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Calls the method once for a batch of jobs. When the method returns, the jobs that it has not ended fail.
/// </summary>
internal sealed class BatchRunner<TInput>(BatchMethod<TInput> method, Inbox inbox) : MethodRunner
{
    public override void Run(JobAttempt attempt, int slot) => RunBatch([attempt], slot);

    public override void RunBatch(IReadOnlyList<JobAttempt> attempts, int slot) =>
        _ = Task.Run(async () =>
        {
            Exception why = new JobFailedException(
                "The method returned without ending this job. Call Succeed or Fail for each job."
            );
            try
            {
                var jobs = attempts
                    .Select(attempt => new AttemptLease<TInput>(attempt, method))
                    .Where(job => job.TryStart())
                    .ToList();
                if (jobs.Count > 0)
                    await method.RunAsync(jobs);
            }
            // Catches every exception, because an exception must fail only the jobs of this call.
            catch (Exception thrown)
            {
                why = thrown;
            }
            foreach (var attempt in attempts)
                attempt.End(attempt.FailureOf(why));
            inbox.Enqueue(new WorkerEvent.CallReturned(slot));
        });
}
