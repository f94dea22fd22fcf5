using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>Moves ready jobs into and out of their lanes, together with the state that only ready jobs have.</summary>
internal sealed class ReadyJobs(WorkerTable workers)
{
    /// <summary>
    /// Number of retained leases per holder. The holder may not be in the worker table: after a restart, the server may
    /// accept a delayed join request from a worker that has ended.
    /// </summary>
    private readonly Dictionary<LeaseHolder, int> _retained = [];

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
        CountRetained(lease.Holder, 1);
    }

    /// <summary>Returns the number of leases that are retained for this holder.</summary>
    public int RetainedFor(LeaseHolder holder) => _retained.GetValueOrDefault(holder);

    public void Remove(Job job)
    {
        if (job.RetainedLease is { } lease)
        {
            job.RetainedLease = null;
            job.Lane!.Queue.Unreserve(lease.ReservedBytes);
            CountRetained(lease.Holder, -1);
        }
        if (job.Status.Isolated)
        {
            Suspects--;
            Groups.Remove(job);
        }
        job.Lane!.Remove(job);
    }

    private void CountRetained(LeaseHolder holder, int change)
    {
        var count = _retained.GetValueOrDefault(holder) + change;
        if (count == 0)
            _retained.Remove(holder);
        else
            _retained[holder] = count;
        if (workers.Current(holder) is { } worker)
            worker.RetainedLeases = count;
    }
}
