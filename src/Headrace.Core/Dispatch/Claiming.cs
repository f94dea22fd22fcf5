using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Claim: at the end of a batch, ready jobs go to workers with an open exchange and credit (R4, R7). Free slots of all
/// workers are filled
/// first, one job a worker in turn, then prefetch: so nothing waits behind a long job while another worker idles.
/// Prefetch is filled up once half of it is free, not lease by lease:
/// each reply that grants is followed by an exchange that lists all the worker holds (R6), and that list is paid for by
/// what the reply brought.
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
        // A suspect is the only lease of its reply: this reply ends before it, the next one starts with it (R10).
        if (job.Now.Alone && open.Granted)
            return false;
        lane.LastServed = ++_claims;
        open.Granted = true;
        open.GrantedBytes += job.Spec.InputBytes;
        lifecycle.Run(job, worker, lane.Method.RunsAs(lane), open.Number, turn);
        return true;
    }

    /// <summary>
    /// The lane to serve: highest priority at its head, then the one that waited longest for its turn (R19).
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
