using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Decides whether a restricted job may be assigned to a worker with an open exchange (R10).</summary>
internal static class AssignmentRule
{
    /// <summary>
    /// A worker does not receive a job that it released until its back-off ends. A suspect runs alone on its worker, so
    /// behind other jobs it would wait for them and keep the worker's free slots idle. It is therefore assigned to a
    /// worker that holds nothing; only if it finds none within the patience, to a worker with jobs, as the only lease
    /// of its reply.
    /// </summary>
    public static bool MayAssign(Job job, Worker worker, TimeSpan patience, ApplyContext context)
    {
        if (job.IsBackedOff(worker.Identity.Incarnation, context.Elapsed))
            return false;
        if (!job.Status.Isolated || worker.HeldJobs.Count == 0)
            return true;
        return context.Now >= job.Status.ReadySince + patience && worker.OpenExchange is { Granted.Count: 0 };
    }
}
