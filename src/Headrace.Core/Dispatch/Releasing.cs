using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Requeues a running job after its worker released it, drained, crashed or stopped responding. A job with a stop
/// request ends instead (R12).
/// </summary>
internal sealed class Releasing(BrokerState state, Lifecycle lifecycle)
{
    private static readonly TimeSpan FirstShun = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestShun = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Requeues a job that the worker released or never received. Only the attempt number grows; the job is not
    /// penalized (R10).
    /// </summary>
    public void Return(Job job, OutcomeKind how, Turn turn, Outcome? outcome = null)
    {
        Remember(job, how, turn, outcome?.Error);
        // Only an explicit release starts a back-off for that worker. A lease lost in the network is not a release.
        if (outcome is not null)
            Shun(job, turn);
        if (EndAsWanted(job, turn, outcome))
            return;
        lifecycle.MakeReady(job, turn);
    }

    /// <summary>
    /// Ends an incarnation whose process was observed to exit: requeues all its jobs and frees its name (R9). If it
    /// crashed, its jobs become suspects (R10). A job that must not run twice fails, however the process ended (R11).
    /// </summary>
    public void Dismiss(Worker worker, DeathKind how, Turn turn)
    {
        var held = Held(worker);
        foreach (var job in held)
        {
            // The worker was killed during a drain, or it exited before its last report arrived. The job may already
            // have taken effect, so it must not be rerun (R11).
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
                DeathKind.Ended => "ended as requested",
                DeathKind.Exit => "process exited unexpectedly",
                _ => "process crashed or was killed",
            },
            held.Count,
            turn
        );
    }

    /// <summary>
    /// Handles a crash of the process that ran the job for a worker. It counts like an observed crash of a worker that
    /// held this job alone or together with others (R10). The worker keeps its other leases.
    /// </summary>
    public void ProcessCrashed(Job job, Outcome outcome, Turn turn)
    {
        var reason = PoisonRule.AfterDeath(ref job.Now, outcome.Isolated ? 1 : 2, state.Methods.LossOf(job));
        Lose(job, reason, keepsHolder: false, turn, outcome);
    }

    /// <summary>
    /// Expires the leases of a worker that sent no message for one lease. The worker can resume each job until another
    /// worker claims it (R8, R11).
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
        // An expired lease does not end the incarnation: a worker that still receives this reply reconnects and lists
        // its leases.
        Close(worker, null, turn);
        foreach (var (method, version) in worker.Offers)
            method.OfferedBy(version, -1);
        turn.Batch.Add(new Effect.WorkerGone(worker.Self, "lease expired", held.Count));
    }

    /// <summary>
    /// Ends an incarnation that has been unresponsive for too long, or whose name a new incarnation claims.
    /// </summary>
    public void Forget(Worker worker, Turn turn)
    {
        if (!worker.Silent)
            FallSilent(worker, turn);
        Remove(worker, "removed after its lease expired", 0, turn);
    }

    /// <summary>
    /// Asks a worker to exit once its jobs are finished (R12). Rejected if the worker is no longer idle. The worker
    /// keeps the leases it holds.
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
                new Refusal(RefusalKind.Unavailable, $"Worker {worker.Self.Worker} is no longer idle.")
            );
        if (!worker.DrainWanted)
            worker.Orders.Give();
        worker.DrainWanted = true;
        return new Answer.Noted();
    }

    /// <summary>
    /// Resumes a job whose lease expired but whose holder still has it. Returns false if the job cannot be resumed
    /// (R11).
    /// </summary>
    public bool TakeBack(Job job, Turn turn)
    {
        if (job.Now.State != JobState.Ready || job.Now.ReservedBytes == 0)
            return false;
        if (state.Workers.Current(job.Now.Holder) is not { } holder)
            return false;
        lifecycle.TakeBack(job, holder, turn);
        return true;
    }

    /// <summary>Adds the result of an unsuccessful attempt to the job's history.</summary>
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
    /// A lease that was restored from the store, and whose holder has not sent a message since, does not count as lost
    /// (R10). If the job must not run twice, it fails all the same.
    /// </summary>
    private FailReason Unheard(Job job) => state.Methods.LossOf(job).FailWhenLost ? FailReason.Lost : FailReason.None;

    private static void Shun(Job job, Turn turn)
    {
        var by = job.Now.Holder.Incarnation;
        var shuns = job.Shuns ??= [];
        var before = shuns.Find(shun => shun.By == by);
        // Remove back-offs that ended long ago.
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
