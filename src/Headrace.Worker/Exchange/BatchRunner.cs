using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>One call for the jobs that came together; what it has not ended when it returns has failed.</summary>
internal sealed class BatchRunner<TInput>(BatchMethod<TInput> method, Inbox inbox) : MethodRunner
{
    public override void Run(Attempt attempt, int seat) => RunTogether([attempt], seat);

    public override void RunTogether(IReadOnlyList<Attempt> attempts, int seat) =>
        _ = Task.Run(async () =>
        {
            Exception why = new JobFailedException("The method returned without ending this job.");
            try
            {
                var jobs = attempts
                    .Select(attempt => new OpenJob<TInput>(attempt, method))
                    .Where(job => job.TryBegin())
                    .ToList();
                if (jobs.Count > 0)
                    await method.RunAsync(jobs);
            }
            // Catch-all of the first kind: around the jobs of one call.
            catch (Exception thrown)
            {
                why = thrown;
            }
            foreach (var attempt in attempts)
                attempt.End(attempt.FailureOf(why));
            inbox.Add(new WorkerEvent.Returned(seat));
        });
}
