using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Calls the method once for a batch of jobs. Jobs that the method has not ended when it returns fail.
/// </summary>
internal sealed class BatchRunner<TInput>(BatchMethod<TInput> method, Inbox inbox) : MethodRunner
{
    public override void Run(Attempt attempt, int seat) => RunTogether([attempt], seat);

    public override void RunTogether(IReadOnlyList<Attempt> attempts, int seat) =>
        _ = Task.Run(async () =>
        {
            Exception why = new JobFailedException(
                "The method returned without ending this job. Call Succeed or Fail for each job."
            );
            try
            {
                var jobs = attempts
                    .Select(attempt => new OpenJob<TInput>(attempt, method))
                    .Where(job => job.TryBegin())
                    .ToList();
                if (jobs.Count > 0)
                    await method.RunAsync(jobs);
            }
            // Catches every exception: it fails only the jobs of this call.
            catch (Exception thrown)
            {
                why = thrown;
            }
            foreach (var attempt in attempts)
                attempt.End(attempt.FailureOf(why));
            inbox.Add(new WorkerEvent.Returned(seat));
        });
}
