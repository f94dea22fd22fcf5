using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Decides whether a restricted job may be assigned to a worker with an open exchange (R10).</summary>
internal static class AssignmentRule
{
    /// <summary>
    /// A worker that released a job does not receive it again until the back-off ends. A suspect must run alone on its
    /// worker. On a busy worker, it would wait for the other jobs to end and keep the worker's free slots idle in the
    /// meantime. A suspect is therefore assigned to a worker that holds no job. If there is none within
    /// <paramref name="patience"/>, the suspect is assigned to a busy worker, and the reply contains no other lease.
    /// </summary>
    public static bool MayAssign(Job job, Worker worker, TimeSpan patience, ApplyContext context)
    {
        if (!MayReserve(job, worker, patience, context))
            return false;
        return !job.Status.Isolated || worker.HeldJobs.Count == 0 || worker.OpenExchange is { Granted.Count: 0 };
    }

    /// <summary>
    /// True if the job may be assigned to the worker once the worker has room for it. While a suspect is still waiting
    /// for a worker without jobs, no worker is reserved for it (R19).
    /// </summary>
    public static bool MayReserve(Job job, Worker worker, TimeSpan patience, ApplyContext context) =>
        !job.IsBackedOff(worker.Identity.Incarnation, context.Elapsed)
        && (!job.Status.Isolated || worker.HeldJobs.Count == 0 || context.Since(job.Status.ReadySince) >= patience);
}
