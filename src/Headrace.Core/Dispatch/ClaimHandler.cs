using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Assigns ready jobs to workers that have an open exchange and free capacity, at the end of each batch (R4, R7). Free
/// slots are filled first, in rounds of one job per worker. Prefetch is filled afterwards, so that no job waits behind
/// a long one while another worker is idle. Prefetch is refilled only when half of it is free: every reply with leases
/// causes another exchange that lists all leases held (R6), and refilling in bulk spreads that cost over several jobs.
/// </summary>
internal sealed class ClaimHandler(BrokerState state, Lifecycle lifecycle)
{
    private long _claims;
    private int _left;

    /// <summary>
    /// True if the last batch reached its limit of claims. The next batch must follow at once and continue (R3).
    /// </summary>
    public bool HasMore { get; private set; }

    public void AssignJobs(ApplyContext context)
    {
        HasMore = false;
        if (state.Workers.WithOpenExchange.Count == 0 || state.StorageLowReason is not null)
            return;
        _left = Limits.JobsPerCommand;
        FillWorkers(static worker => worker.FreeSlots > 0, static worker => worker.FreeSlots > 0, context);
        FillWorkers(
            static worker =>
                worker.Credit > 0 && (worker.OpenExchange!.Granted.Count > 0 || 2 * worker.Credit >= worker.Prefetch),
            static worker => worker.Credit > 0,
            context
        );
        HasMore = _left == 0;
    }

    private void FillWorkers(Func<Worker, bool> begins, Func<Worker, bool> hasRoom, ApplyContext context)
    {
        var takers = state.Workers.WithOpenExchange.Where(begins).ToList();
        // A suspect that has waited too long for a worker without jobs is assigned to the worker with the fewest (R10).
        if (state.Ready.Suspects > 0)
            takers = [.. takers.OrderBy(static worker => worker.HeldJobs.Count)];
        Predicate<Worker> isServed = worker => !TryClaim(worker, context) || !hasRoom(worker);
        while (takers.Count > 0 && _left > 0)
            takers.RemoveAll(isServed);
    }

    /// <summary>
    /// Claims the next job for a worker. A suspect is claimed together with its group (R10), whatever capacity the
    /// worker reports: the jobs of a group ran together in one process before.
    /// </summary>
    private bool TryClaim(Worker worker, ApplyContext context)
    {
        var open = worker.OpenExchange!;
        if (_left == 0 || open.GrantedBytes > Limits.BytesPerReply)
            return false;
        if (FindBest(worker, context) is not ({ } lane, { } job))
            return false;
        List<Job> group = job.Status.Isolated ? state.Ready.Groups.OthersWith(job) : [];
        lane.LastClaim = ++_claims;
        Claim(job, lane, worker, context);
        foreach (var other in group)
            if (
                _left > 0
                && worker.HeldJobs.Count < Limits.LeasesPerWorker
                && !other.IsBackedOff(worker.Identity.Incarnation, context.Elapsed)
            )
                Claim(other, lane, worker, context);
        return true;
    }

    private void Claim(Job job, Lane lane, Worker worker, ApplyContext context)
    {
        var open = worker.OpenExchange!;
        _left--;
        open.Grant(job);
        lifecycle.Claim(job, worker, lane.Method.VersionFor(lane), open.Number, context);
    }

    /// <summary>
    /// Selects the lane to serve: the one whose first job has the highest priority or, if there are several, the one
    /// that was served least recently (R19).
    /// </summary>
    private (Lane? Lane, Job? Job) FindBest(Worker worker, ApplyContext context)
    {
        (Lane? Lane, Job? Job) best = default;
        foreach (var (method, version) in worker.Offers)
        {
            foreach (var lane in method.ReadyLanes)
            {
                if (method.VersionFor(lane) != version || FirstFor(worker, lane, context) is not { } job)
                    continue;
                if (best.Lane is null || GoesBefore(lane, job, best.Lane, best.Job!))
                    best = (lane, job);
            }
        }
        return best;
    }

    private Job? FirstFor(Worker worker, Lane lane, ApplyContext context) =>
        lane.Restricted.Count == 0 ? lane.Unrestricted : FirstOfAll(worker, lane, context);

    /// <summary>
    /// Separate from <see cref="FirstFor"/>, so that a lane without restricted jobs allocates nothing.
    /// </summary>
    private Job? FirstOfAll(Worker worker, Lane lane, ApplyContext context) =>
        lane.FirstFor(job => AssignmentRule.MayAssign(job, worker, state.Options.SuspectPatience, context));

    private static bool GoesBefore(Lane a, Job x, Lane b, Job y) =>
        x.Spec.Priority != y.Spec.Priority ? x.Spec.Priority > y.Spec.Priority : a.LastClaim < b.LastClaim;
}
