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

    /// <summary>The value of <see cref="_claims"/> at which the current batch claims no more jobs (R3).</summary>
    private long _maxClaims;

    public void AssignJobs(ApplyContext context)
    {
        if (state.Workers.WithOpenExchange.Count == 0 || state.StorageLowReason is not null)
            return;
        // Workers that receive nothing now keep their exchange open, and the batch after this commit continues.
        _maxClaims = _claims + Limits.JobsPerCommand;
        FillWorkers(static worker => worker.FreeSlots > 0, static worker => worker.FreeSlots > 0, context);
        FillWorkers(
            static worker =>
                worker.Credit > 0 && (worker.OpenExchange!.Granted || 2 * worker.Credit >= worker.Prefetch),
            static worker => worker.Credit > 0,
            context
        );
    }

    private void FillWorkers(Func<Worker, bool> begins, Func<Worker, bool> hasRoom, ApplyContext context)
    {
        var takers = state.Workers.WithOpenExchange.Where(begins).ToList();
        Predicate<Worker> isServed = worker => !TryClaim(worker, context) || !hasRoom(worker);
        while (takers.Count > 0)
            takers.RemoveAll(isServed);
    }

    private bool TryClaim(Worker worker, ApplyContext context)
    {
        var open = worker.OpenExchange!;
        if (_claims >= _maxClaims)
            return false;
        if (open.GrantedBytes > Limits.BytesPerReply || FindBest(worker, context.Elapsed) is not ({ } lane, { } job))
            return false;
        // A suspect job must be the only lease in its reply. This reply therefore ends here, and the next reply starts
        // with the suspect (R10).
        if (job.Status.Isolated && open.Granted)
            return false;
        lane.LastClaim = ++_claims;
        open.Granted = true;
        open.GrantedBytes += job.Spec.InputBytes;
        lifecycle.Claim(job, worker, lane.Method.VersionFor(lane), open.Number, context);
        return true;
    }

    /// <summary>
    /// Selects the lane to serve: the one with the highest priority at its head, then the one that was served least
    /// recently (R19).
    /// </summary>
    private static (Lane? Lane, Job? Job) FindBest(Worker worker, Elapsed now)
    {
        (Lane? Lane, Job? Job) best = default;
        foreach (var (method, version) in worker.Offers)
        {
            foreach (var lane in method.ReadyLanes)
            {
                if (
                    method.VersionFor(lane) != version
                    || lane.FirstFor(worker.Identity.Incarnation, now) is not { } job
                )
                    continue;
                if (best.Lane is null || GoesBefore(lane, job, best.Lane, best.Job!))
                    best = (lane, job);
            }
        }
        return best;
    }

    private static bool GoesBefore(Lane a, Job x, Lane b, Job y) =>
        x.Spec.Priority != y.Spec.Priority ? x.Spec.Priority > y.Spec.Priority : a.LastClaim < b.LastClaim;
}
