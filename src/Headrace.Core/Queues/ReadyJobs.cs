using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>Moves ready jobs into and out of their lanes, together with the state that only ready jobs have.</summary>
internal sealed class ReadyJobs(WorkerTable workers)
{
    /// <summary>Number of ready jobs whose next attempt must run in isolation (R10).</summary>
    public int Suspects { get; private set; }

    public SuspectGroups Groups { get; } = new();

    public void Add(Job job, Lane lane)
    {
        lane.Add(job);
        if (job.Status.Isolated)
            Suspects++;
    }

    /// <summary>Keeps the expired lease of a ready job, so that its holder can resume the attempt (R11).</summary>
    public void Retain(Job job, RetainedLease lease)
    {
        job.RetainedLease = lease;
        job.Lane!.Queue.Reserve(lease.ReservedBytes);
        if (workers.Current(lease.Holder) is { } holder)
            holder.RetainedLeases++;
    }

    public void Remove(Job job)
    {
        if (job.RetainedLease is { } lease)
        {
            job.RetainedLease = null;
            job.Lane!.Queue.Unreserve(lease.ReservedBytes);
            if (workers.Current(lease.Holder) is { } holder)
                holder.RetainedLeases--;
        }
        if (job.Status.Isolated)
        {
            Suspects--;
            Groups.Remove(job);
        }
        job.Lane!.Remove(job);
    }
}
