using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Assigns ready jobs to workers that have an open exchange and free capacity, at the end of each batch (R4, R7). Free
/// slots are filled first, one job per worker in turn, and prefetch afterwards, so that no job waits behind a long one
/// while another worker is idle. Prefetch is refilled only when half of it is free: every reply with leases causes an
/// exchange that lists all leases held (R6), and refilling in bulk spreads that cost over several jobs.
/// </summary>
internal sealed class Claiming(BrokerState state, Lifecycle lifecycle)
{
    private long _claims;

    public void Serve(Turn turn)
    {
        if (state.Workers.Open.Count == 0 || state.StorageLow is not null)
            return;
        Fill(static worker => worker.FreeSlots > 0, static worker => worker.FreeSlots > 0, turn);
        Fill(
            static worker => worker.Credit > 0 && (worker.Open!.Granted || 2 * worker.Credit >= worker.Prefetch),
            static worker => worker.Credit > 0,
            turn
        );
    }

    private void Fill(Func<Worker, bool> begins, Func<Worker, bool> hasRoom, Turn turn)
    {
        var takers = state.Workers.Open.Where(begins).ToList();
        Predicate<Worker> isServed = worker => !Claim(worker, turn) || !hasRoom(worker);
        while (takers.Count > 0)
            takers.RemoveAll(isServed);
    }

    private bool Claim(Worker worker, Turn turn)
    {
        var open = worker.Open!;
        if (open.GrantedBytes > Limits.BytesPerReply || Best(worker, turn.Elapsed) is not ({ } lane, { } job))
            return false;
        // A suspect must be the only lease of its reply. This reply ends before it; the next reply starts with it
        // (R10).
        if (job.Now.Alone && open.Granted)
            return false;
        lane.LastServed = ++_claims;
        open.Granted = true;
        open.GrantedBytes += job.Spec.InputBytes;
        lifecycle.Run(job, worker, lane.Method.RunsAs(lane), open.Number, turn);
        return true;
    }

    /// <summary>
    /// Selects the lane to serve: the one with the highest priority at its head, then the one that was served least
    /// recently (R19).
    /// </summary>
    private static (Lane? Lane, Job? Job) Best(Worker worker, Elapsed now)
    {
        (Lane? Lane, Job? Job) best = default;
        foreach (var (method, version) in worker.Offers)
        {
            foreach (var lane in method.Waiting)
            {
                if (method.RunsAs(lane) != version || lane.First(worker.Self.Incarnation, now) is not { } job)
                    continue;
                if (best.Lane is null || GoesBefore(lane, job, best.Lane, best.Job!))
                    best = (lane, job);
            }
        }
        return best;
    }

    private static bool GoesBefore(Lane a, Job x, Lane b, Job y) =>
        x.Spec.Priority != y.Spec.Priority ? x.Spec.Priority > y.Spec.Priority : a.LastServed < b.LastServed;
}
