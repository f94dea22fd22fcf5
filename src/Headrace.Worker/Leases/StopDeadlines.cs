using Headrace.Core;
using Headrace.Core.Jobs;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Leases;

/// <summary>
/// Stops jobs at their time limits and before the end of a lease that they must not outlive, and decides when a job
/// that does not stop is killed (R11, R12).
/// </summary>
internal sealed class StopDeadlines(WorkerRules rules, LeaseTable book, ServerConnection serverConnection)
{
    /// <summary>Requests that a started job stop. The first request wins.</summary>
    /// <param name="job">The job.</param>
    /// <param name="kind">The outcome of the attempt unless it succeeds.</param>
    /// <param name="reason">The reason that is passed to the method.</param>
    /// <param name="context">Receives the step.</param>
    public void Cancel(HeldJob job, Kind kind, StopReason reason, StepContext context)
    {
        if (!job.IsInSlot || job.StopRequested is not null)
            return;
        book.MarkStopping(job, context.Now, kind);
        context.Add(new WorkerStep.Cancel(job.Lease, reason));
    }

    /// <summary>
    /// Cancels jobs that exceed their time limit and exclusive jobs whose lease is about to expire. Returns a job that
    /// must end now even though its method has not returned, or null if there is none. Such a job can be ended only by
    /// ending the process.
    /// </summary>
    public HeldJob? CancelOverdue(StepContext context)
    {
        HeldJob? unresponsive = null;
        foreach (var job in book.Watched)
        {
            if (job.Stage == HeldJob.LocalStage.Running && HasReached(job.LimitAt, job, context))
                Cancel(job, Kind.TimedOut, StopReason.Timeout, context);
            if (job.Exclusive && HasReached(serverConnection.ExclusiveStopAt, job, context))
                Cancel(job, job.KindIfAbandoned, StopReason.None, context);
            if (job.StopRequested is not { } stopping)
                continue;
            var deadBy = job.Method.Shape.CanKill
                ? KillWhenDue(job, stopping.At, context)
                : WithinLease(job, stopping.At + rules.CancelGrace);
            if (deadBy <= context.Now)
                unresponsive = job;
            else
                context.WakeBy(deadBy);
        }
        return unresponsive;
    }

    /// <summary>
    /// Asks the executor to kill an execution that did not stop in time. Returns the time at which the execution must
    /// have ended.
    /// </summary>
    private Elapsed KillWhenDue(HeldJob job, Elapsed stoppedAt, StepContext context)
    {
        if (job.KillRequestedAt is null)
        {
            var killAt = stoppedAt + rules.CancelGrace;
            if (job.Exclusive && serverConnection.ExclusiveExecutorKillAt < killAt)
                killAt = serverConnection.ExclusiveExecutorKillAt.Value;
            if (context.Now < killAt)
                return killAt;
            job.KillRequestedAt = context.Now;
            context.Add(new WorkerStep.Kill(job.Lease));
        }
        return WithinLease(job, job.KillRequestedAt.Value + rules.KillGrace);
    }

    /// <summary>
    /// Returns this time or, for an exclusive job, the time at which its process must end, whichever is earlier.
    /// </summary>
    private Elapsed WithinLease(HeldJob job, Elapsed at) =>
        job.Exclusive && serverConnection.ExclusiveKillAt is { } end && end < at ? end : at;

    /// <summary>
    /// Returns true when the time has been reached for a job that is not being stopped. If the time is still in the
    /// future, schedules a wake-up for it.
    /// </summary>
    private static bool HasReached(Elapsed? at, HeldJob job, StepContext context)
    {
        if (at is not { } time || job.StopRequested is not null)
            return false;
        if (time <= context.Now)
            return true;
        context.WakeBy(time);
        return false;
    }
}
