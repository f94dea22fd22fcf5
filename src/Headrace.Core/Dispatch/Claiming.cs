using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Claim: at the end of a batch, ready jobs go to workers with an open exchange and credit (R4, R7). Free slots of all workers are filled
/// first, one job a worker in turn, then prefetch: so nothing waits behind a long job while another worker idles.
/// </summary>
internal sealed class Claiming(BrokerState state, Lifecycle lifecycle)
{
    private long _claims;

    public void Serve(Turn turn)
    {
        if (state.Workers.Open.Count == 0) return;
        Fill(static worker => worker.FreeSlots > 0, turn);
        Fill(static worker => worker.Credit > 0, turn);
    }

    private void Fill(Func<Worker, bool> hasRoom, Turn turn)
    {
        var takers = state.Workers.Open.Where(hasRoom).ToList();
        while (takers.Count > 0) takers.RemoveAll(worker => !Claim(worker, turn) || !hasRoom(worker));
    }

    private bool Claim(Worker worker, Turn turn)
    {
        var open = worker.Open!;
        if (open.GrantedBytes > Limits.BytesPerReply || Best(worker) is not { } lane) return false;
        lane.LastServed = ++_claims;
        open.Granted = true;
        open.GrantedBytes += lane.Head!.Spec.InputBytes;
        lifecycle.Run(lane.Head!, worker, lane.Method.RunsAs(lane), open.Number, turn);
        return true;
    }

    /// <summary>The lane to serve: highest priority at its head, then the one that waited longest for its turn (R19).</summary>
    private static Lane? Best(Worker worker)
    {
        Lane? best = null;
        foreach (var (method, version) in worker.Offers)
            foreach (var lane in method.Waiting)
                if (method.RunsAs(lane) == version && (best is null || GoesBefore(lane, best))) best = lane;
        return best;
    }

    private static bool GoesBefore(Lane a, Lane b)
    {
        var (x, y) = (a.Head!.Spec.Priority, b.Head!.Spec.Priority);
        return x != y ? x > y : a.LastServed < b.LastServed;
    }
}
