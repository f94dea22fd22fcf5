using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Requeues a running job after its worker released it, drained, crashed or stopped responding. If the job has a stop
/// request, it ends instead (R12).
/// </summary>
internal sealed class ReleaseHandler(BrokerState state, Lifecycle lifecycle)
{
    /// <summary>The reason that is reported when the leases of a worker expire.</summary>
    public const string LeaseExpired = "lease expired";

    private static readonly TimeSpan InitialBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(60);

    /// <summary>The jobs in this message whose process crashed while running several of them.</summary>
    private readonly List<Job> _crashedTogether = [];

    /// <summary>Requeues the jobs of a worker process that was observed to exit.</summary>
    public Response.Acknowledged OnWorkerDied(Command.WorkerDied workerDied, ApplyContext context)
    {
        if (state.Workers.Current(workerDied.Worker) is { } worker)
            RemoveWorker(worker, workerDied.ExitKind, context);
        return new Response.Acknowledged();
    }

    /// <summary>
    /// Requeues a job that the worker released or never received. Neither event counts against the job; only its
    /// attempt number increases (R10).
    /// </summary>
    public void Requeue(Job job, OutcomeKind kind, ApplyContext context, Outcome? outcome = null)
    {
        RecordAttempt(job, kind, context, outcome);
        // Only an explicit release starts a back-off for the worker. A lease whose reply was lost in the network does
        // not.
        if (outcome is not null)
            AddBackoff(job, context);
        if (EndIfStopRequested(job, context, outcome))
            return;
        lifecycle.MakeReady(job, context);
    }

    /// <summary>
    /// Ends an incarnation whose process was observed to exit: requeues all its jobs and frees its name (R9). If it
    /// crashed, its jobs become suspects (R10). A job that must not run twice fails, regardless of how the process
    /// ended (R11).
    /// </summary>
    public void RemoveWorker(Worker worker, ExitKind exitKind, ApplyContext context)
    {
        var held = HeldJobs(worker);
        foreach (var job in held)
        {
            // The worker was killed during a drain, or it exited before its last report arrived. The job may already
            // have taken effect, so it must not be rerun (R11).
            if (exitKind == ExitKind.Ended && !state.Methods.LossPolicyOf(job).FailWhenLost)
                Requeue(job, OutcomeKind.Released, context);
            else
                OnLeaseLost(
                    job,
                    PoisonRule.AfterWorkerCrash(ref job.Status, held.Count, state.Methods.LossPolicyOf(job)),
                    retainLease: false,
                    context
                );
        }
        Deregister(
            worker,
            exitKind switch
            {
                ExitKind.Ended => "ended as requested",
                ExitKind.Exit => "process exited unexpectedly",
                _ => "process crashed or was killed",
            },
            held.Count,
            context
        );
    }

    /// <summary>
    /// Handles a crash of the process that ran the job on behalf of a worker. The crash counts like an observed worker
    /// crash. The outcome states whether the job was the only one in the process (R10). The worker keeps its other
    /// leases.
    /// </summary>
    public void ProcessCrashed(Job job, Outcome outcome, ApplyContext context)
    {
        var reason = PoisonRule.AfterWorkerCrash(
            ref job.Status,
            outcome.Isolated ? 1 : 2,
            state.Methods.LossPolicyOf(job)
        );
        OnLeaseLost(job, reason, retainLease: false, context, outcome);
        if (!outcome.Isolated)
            _crashedTogether.Add(job);
    }

    /// <summary>
    /// Groups the jobs that crashed together, after all outcomes of a message have been applied (R10). Groups are
    /// formed per lane, because jobs from different lanes cannot be granted together.
    /// </summary>
    public void GroupSuspects()
    {
        if (_crashedTogether.Count == 0)
            return;
        var suspects = _crashedTogether.Where(job => job.Status is { State: JobState.Ready, Isolated: true });
        foreach (var together in suspects.GroupBy(job => job.Lane))
            state.Ready.Groups.AddHalves(together);
        _crashedTogether.Clear();
    }

    /// <summary>
    /// Expires the leases of a worker that has not sent a message for one lease period. The worker can resume each job
    /// until another worker claims it (R8, R11).
    /// </summary>
    public void ExpireLeases(Worker worker, ApplyContext context)
    {
        var neverSeen = worker.Liveness == WorkerLiveness.Restored;
        worker.OnLeaseExpired();
        var held = HeldJobs(worker);
        foreach (var job in held)
        {
            var reason = neverSeen
                ? ReasonIfNeverSeen(job)
                : PoisonRule.AfterLeaseExpiry(ref job.Status, held.Count, state.Methods.LossPolicyOf(job));
            OnLeaseLost(job, reason, retainLease: true, context);
        }
        // Lease expiry does not end the incarnation: a worker that still receives this reply reconnects and lists its
        // leases.
        Close(worker, null, context);
        context.Batch.Add(new Effect.WorkerDisconnected(worker.Identity, LeaseExpired, held.Count));
    }

    /// <summary>
    /// Ends an incarnation that has been unresponsive for too long, or whose name a new incarnation claims.
    /// </summary>
    public void Evict(Worker worker, ApplyContext context)
    {
        if (!worker.Unresponsive)
            ExpireLeases(worker, context);
        Deregister(worker, "removed after its lease expired", 0, context);
    }

    /// <summary>
    /// Removes a worker that accepts no more jobs and holds none. The worker is about to exit and need not send another
    /// message. If it sends one, the reply tells it to exit.
    /// </summary>
    public void RemoveDrained(Worker worker, ApplyContext context)
    {
        Close(worker, null, context);
        Deregister(worker, "drained", 0, context);
    }

    /// <summary>
    /// Asks a worker to exit once its jobs are finished (R12). The worker keeps the leases it holds. If the request
    /// applies only to an idle worker and the worker is no longer idle, the request is rejected.
    /// </summary>
    public Response Drain(Command.Drain drain, ApplyContext context)
    {
        if (state.Workers.Current(drain.Worker) is not { } worker)
            return new Response.NotLive();
        if (
            drain.IfIdleFor > TimeSpan.Zero
            && (worker.HeldJobs.Count > 0 || context.Elapsed - worker.LastBusy < drain.IfIdleFor)
        )
            return new Response.Rejected(
                new Rejection(RejectionKind.Unavailable, $"Worker {worker.Identity.Worker} is no longer idle.")
            );
        if (worker.RequestDrain())
            context.Batch.Add(new Effect.WorkerDraining(worker.Identity));
        return new Response.Acknowledged();
    }

    /// <summary>
    /// Resumes a job whose lease expired but whose holder still lists it. Returns false if the job cannot be resumed
    /// (R11).
    /// </summary>
    public bool TryResume(Job job, ApplyContext context)
    {
        if (job.RetainedLease is not { } lease || state.Workers.Current(lease.Holder) is not { } holder)
            return false;
        lifecycle.Resume(job, lease, holder, context);
        return true;
    }

    /// <summary>Makes a message ready again after a client released it or held it for too long (R28).</summary>
    public void Return(Job job, OutcomeKind kind, ApplyContext context)
    {
        RecordAttempt(job, kind, context, outcome: null);
        lifecycle.MakeReady(job, context);
    }

    /// <summary>Adds the result of an unsuccessful attempt to the job's history.</summary>
    public static void RecordAttempt(Job job, OutcomeKind kind, ApplyContext context, Outcome? outcome) =>
        context.Batch.Add(
            new RowChange.AttemptAdded(
                new AttemptRow(job.Lease, job.Status.Holder, kind, job.Status.Claimed, context.Now, outcome?.Error)
                {
                    Metrics = outcome?.Metrics,
                }
            )
        );

    private void OnLeaseLost(
        Job job,
        FailReason reason,
        bool retainLease,
        ApplyContext context,
        Outcome? outcome = null
    )
    {
        RecordAttempt(job, outcome?.Kind ?? OutcomeKind.Lost, context, outcome);
        if (EndIfStopRequested(job, context, outcome))
            return;
        if (reason != FailReason.None)
            lifecycle.End(job, JobState.Failed, context, reason, outcome);
        // The children of an attempt are removed with its lease, so an attempt that has submitted some cannot be
        // resumed (R13).
        else if (retainLease && job.RunningAttempt?.Children is null)
            lifecycle.RequeueRetained(job, context);
        else
            lifecycle.MakeReady(job, context);
    }

    private bool EndIfStopRequested(Job job, ApplyContext context, Outcome? outcome)
    {
        switch (job.Status.StopRequest)
        {
            case StopReason.None:
                return false;
            case StopReason.Cancel:
                lifecycle.End(job, JobState.Cancelled, context, FailReason.None, outcome);
                return true;
            default:
                lifecycle.End(
                    job,
                    JobState.Failed,
                    context,
                    job.Status.StopRequest == StopReason.Deadline ? FailReason.Deadline : FailReason.Timeout,
                    outcome
                );
                return true;
        }
    }

    /// <summary>
    /// Returns the reason why a job fails if its restored lease expires before the holder has sent a message. Such a
    /// lease does not count as lost (R10), but a job that must not run twice still fails.
    /// </summary>
    private FailReason ReasonIfNeverSeen(Job job) =>
        state.Methods.LossPolicyOf(job).FailWhenLost ? FailReason.Lost : FailReason.None;

    private static void AddBackoff(Job job, ApplyContext context)
    {
        var by = job.Status.Holder.Incarnation;
        var shuns = job.Backoffs ??= [];
        var before = shuns.Find(workerBackoff => workerBackoff.Incarnation == by);
        // Remove back-offs that ended long ago.
        shuns.RemoveAll(workerBackoff =>
            workerBackoff.Incarnation == by || workerBackoff.Until + MaxBackoff < context.Elapsed
        );
        var pause =
            before.Delay > TimeSpan.Zero
                ? TimeSpan.FromTicks(Math.Min(MaxBackoff.Ticks, before.Delay.Ticks * 2))
                : InitialBackoff;
        shuns.Add(new WorkerBackoff(by, context.Elapsed + pause, pause));
    }

    private void Deregister(Worker worker, string reason, int leases, ApplyContext context)
    {
        Close(worker, reason, context);
        worker.ClearOffers();
        state.Workers.Remove(worker);
        context.Batch.Add(new RowChange.WorkerRemoved(worker.Identity.Worker));
        context.Batch.Add(new Effect.WorkerDisconnected(worker.Identity, reason, leases));
    }

    private void Close(Worker worker, string? reason, ApplyContext context)
    {
        if (state.Workers.CloseExchange(worker) is { } open)
            context.Batch.Add(
                open.RequestId,
                new Response.Exchanged(open.Number) { Acks = open.Acks, TerminateReason = reason }
            );
    }

    private static List<Job> HeldJobs(Worker worker) => [.. worker.HeldJobs.OrderBy(job => job.Id)];
}
