using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Release: a running job goes back to its lane, because its worker gave it back, was drained, died or fell silent. Where something was wanted of it, it ends as wanted instead (R12).</summary>
internal sealed class Releasing(BrokerState state, Lifecycle lifecycle)
{
    public void Return(Job job, OutcomeKind how, Turn turn, Outcome? outcome = null)
    {
        var wanted = job.Now.Wanted;
        Remember(job, how, turn, outcome?.Error);
        switch (wanted)
        {
            case Wanted.Nothing:
                lifecycle.MakeReady(job, turn);
                break;
            case Wanted.Cancel:
                lifecycle.End(job, JobState.Cancelled, turn, FailReason.None, outcome);
                break;
            default:
                lifecycle.End(job, JobState.Failed, turn, wanted == Wanted.Deadline ? FailReason.Deadline : FailReason.Timeout, outcome);
                break;
        }
    }

    /// <summary>Ends an incarnation: all it held goes back, its name is free (R9).</summary>
    public void Dismiss(Worker worker, OutcomeKind how, string words, Turn turn)
    {
        var held = worker.Rows.OrderBy(job => job.Id).ToList();
        foreach (var job in held) Return(job, how, turn);
        foreach (var (method, version) in worker.Offers) method.OfferedBy(version, -1);
        if (state.Workers.Close(worker) is { } open)
            turn.Batch.Add(open.Ticket, new Answer.Exchanged(open.Number) { Recorded = open.Recorded, EndedWhy = words });
        state.Workers.Remove(worker);
        turn.Batch.Add(new RowChange.WorkerGone(worker.Self.Worker));
        turn.Batch.Add(new Effect.WorkerGone(worker.Self, words, held.Count));
    }

    /// <summary>Keeps what an attempt that did not succeed has come to.</summary>
    public static void Remember(Job job, OutcomeKind how, Turn turn, JobError? error) =>
        turn.Batch.Add(new RowChange.AttemptAdded(new AttemptRow(job.Lease, job.Now.Holder, how, job.Now.Claimed, turn.Now, error)));
}
