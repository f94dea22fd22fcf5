using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Release: a running job goes back to its lane, because its worker gave it back, was drained, died or fell silent.
/// Where something was wanted of it, it ends as wanted instead (R12).
/// </summary>
internal sealed class Releasing(BrokerState state, Lifecycle lifecycle)
{
    private static readonly TimeSpan FirstShun = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestShun = TimeSpan.FromSeconds(60);

    /// <summary>Given back or never received: unpunished, only the attempt has grown (R10).</summary>
    public void Return(Job job, OutcomeKind how, Turn turn, Outcome? outcome = null)
    {
        Remember(job, how, turn, outcome?.Error);
        // Only who gave it back in so many words is passed over next time: a lease lost on the wire is nobody's
        // refusal.
        if (outcome is not null)
            Shun(job, turn);
        if (EndAsWanted(job, turn, outcome))
            return;
        lifecycle.MakeReady(job, turn);
    }

    /// <summary>
    /// An incarnation is seen to have ended: all it held goes back, its name is free (R9). Where it died by itself, its
    /// jobs are suspects (R10); a second run that would harm is not made, however it ended (R11).
    /// </summary>
    public void Dismiss(Worker worker, DeathKind how, Turn turn)
    {
        var held = Held(worker);
        foreach (var job in held)
        {
            // Killed in a drain, or gone with its last words unheard: it may have had its effect, and must not have it
            // twice (R11).
            if (how == DeathKind.Ended && !state.Methods.LossOf(job).FailWhenLost)
                Return(job, OutcomeKind.Released, turn);
            else
                Lose(
                    job,
                    PoisonRule.AfterDeath(ref job.Now, held.Count, state.Methods.LossOf(job)),
                    keepsHolder: false,
                    turn
                );
        }
        Remove(
            worker,
            how switch
            {
                DeathKind.Ended => "ended as told",
                DeathKind.Exit => "its process exited by itself",
                _ => "its process was killed",
            },
            held.Count,
            turn
        );
    }

    /// <summary>
    /// The process that ran the job crashed, and its worker reports it. It is judged like a witnessed death of a worker
    /// that held this job alone, or others beside it (R10). The holder keeps its other leases.
    /// </summary>
    public void ProcessCrashed(Job job, Outcome outcome, Turn turn)
    {
        var reason = PoisonRule.AfterDeath(ref job.Now, outcome.Isolated ? 1 : 2, state.Methods.LossOf(job));
        Lose(job, reason, keepsHolder: false, turn, outcome);
    }

    /// <summary>
    /// A worker has been silent for a lease: what it held is lost, but may be taken back by it until somebody else
    /// claims it (R8, R11).
    /// </summary>
    public void FallSilent(Worker worker, Turn turn)
    {
        worker.Silent = true;
        var held = Held(worker);
        foreach (var job in held)
        {
            var reason = worker.Known
                ? PoisonRule.AfterSilence(ref job.Now, held.Count, state.Methods.LossOf(job))
                : Unheard(job);
            Lose(job, reason, keepsHolder: true, turn);
        }
        // Silence is not its end: should it still read this reply, it speaks again and lists what it holds.
        Close(worker, null, turn);
        foreach (var (method, version) in worker.Offers)
            method.OfferedBy(version, -1);
        turn.Batch.Add(new Effect.WorkerGone(worker.Self, "silent for a lease", held.Count));
    }

    /// <summary>Ends an incarnation that is silent and will hardly come back, or whose name is asked for.</summary>
    public void Forget(Worker worker, Turn turn)
    {
        if (!worker.Silent)
            FallSilent(worker, turn);
        Remove(worker, "forgotten after its silence", 0, turn);
    }

    /// <summary>
    /// Asks a worker to go when it is done (R12); refused where it is needed again. Nothing that it holds is taken from
    /// it.
    /// </summary>
    public Answer Drain(Command.Drain drain, Turn turn)
    {
        if (state.Workers.Current(drain.Worker) is not { } worker)
            return new Answer.NotLive();
        if (
            drain.IfIdleFor > TimeSpan.Zero
            && (worker.Rows.Count > 0 || turn.Elapsed - worker.LastBusy < drain.IfIdleFor)
        )
            return new Answer.Refused(
                new Refusal(RefusalKind.Unavailable, $"{worker.Self.Worker} was given work meanwhile.")
            );
        if (!worker.DrainWanted)
            worker.Orders.Give();
        worker.DrainWanted = true;
        return new Answer.Noted();
    }

    /// <summary>True when the job was lost by its holder's silence and is its holder's again now (R11).</summary>
    public bool TakeBack(Job job, Turn turn)
    {
        if (job.Now.State != JobState.Ready || job.Now.ReservedBytes == 0)
            return false;
        if (state.Workers.Current(job.Now.Holder) is not { } holder)
            return false;
        lifecycle.TakeBack(job, holder, turn);
        return true;
    }

    /// <summary>Keeps what an attempt that did not succeed has come to.</summary>
    public static void Remember(Job job, OutcomeKind how, Turn turn, JobError? error) =>
        turn.Batch.Add(
            new RowChange.AttemptAdded(new AttemptRow(job.Lease, job.Now.Holder, how, job.Now.Claimed, turn.Now, error))
        );

    private void Lose(Job job, FailReason reason, bool keepsHolder, Turn turn, Outcome? outcome = null)
    {
        Remember(job, outcome?.Kind ?? OutcomeKind.Lost, turn, outcome?.Error);
        if (EndAsWanted(job, turn, outcome))
            return;
        if (reason != FailReason.None)
            lifecycle.End(job, JobState.Failed, turn, reason, outcome);
        else if (keepsHolder)
            lifecycle.Lose(job, turn);
        else
            lifecycle.MakeReady(job, turn);
    }

    private bool EndAsWanted(Job job, Turn turn, Outcome? outcome)
    {
        switch (job.Now.Wanted)
        {
            case Wanted.Nothing:
                return false;
            case Wanted.Cancel:
                lifecycle.End(job, JobState.Cancelled, turn, FailReason.None, outcome);
                return true;
            default:
                lifecycle.End(
                    job,
                    JobState.Failed,
                    turn,
                    job.Now.Wanted == Wanted.Deadline ? FailReason.Deadline : FailReason.Timeout,
                    outcome
                );
                return true;
        }
    }

    /// <summary>
    /// A row reserved at load whose holder was never heard since is no loss (R10); where a second run would do harm, it
    /// is one all the same.
    /// </summary>
    private FailReason Unheard(Job job) => state.Methods.LossOf(job).FailWhenLost ? FailReason.Lost : FailReason.None;

    private static void Shun(Job job, Turn turn)
    {
        var by = job.Now.Holder.Incarnation;
        var shuns = job.Shuns ??= [];
        var before = shuns.Find(shun => shun.By == by);
        // A pause that is long over says nothing any more.
        shuns.RemoveAll(shun => shun.By == by || shun.Until + LongestShun < turn.Elapsed);
        var pause =
            before.Pause > TimeSpan.Zero
                ? TimeSpan.FromTicks(Math.Min(LongestShun.Ticks, before.Pause.Ticks * 2))
                : FirstShun;
        shuns.Add(new Shun(by, turn.Elapsed + pause, pause));
    }

    private void Remove(Worker worker, string words, int leases, Turn turn)
    {
        Close(worker, words, turn);
        if (!worker.Silent)
            foreach (var (method, version) in worker.Offers)
                method.OfferedBy(version, -1);
        state.Workers.Remove(worker);
        turn.Batch.Add(new RowChange.WorkerGone(worker.Self.Worker));
        turn.Batch.Add(new Effect.WorkerGone(worker.Self, words, leases));
    }

    private void Close(Worker worker, string? words, Turn turn)
    {
        if (state.Workers.Close(worker) is { } open)
            turn.Batch.Add(
                open.Ticket,
                new Answer.Exchanged(open.Number) { Recorded = open.Recorded, EndedWhy = words }
            );
    }

    private static List<Job> Held(Worker worker) => [.. worker.Rows.OrderBy(job => job.Id)];
}
