using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Applies outcomes. An outcome is recorded only if the job is running under the same attempt and is held by the
/// reporting worker (R6).
/// </summary>
internal sealed class OutcomeHandler(BrokerState state, Lifecycle lifecycle, ReleaseHandler releaseHandler)
{
    private static readonly JobError DamagedInput = new(
        "DamagedInput",
        "The body or the params in the store do not match their SHA-256 digest. Submit the job again, and check the "
            + "disk.",
        Retryable: false
    );

    public AckStatus Apply(Outcome outcome, LeaseHolder sender, ApplyContext context)
    {
        if (!state.Jobs.TryGet(outcome.Lease.Job, out var job))
            return AckStatus.Dropped;
        if (job.Status.Attempt != outcome.Lease.Attempt || job.Status.Holder != sender)
            return AckStatus.Dropped;
        if (job.LastRecordedAttempt == outcome.Lease.Attempt)
            return AckStatus.Repeated;
        if (job.Status.State != JobState.Running && !releaseHandler.TryResume(job, context))
            return AckStatus.Dropped;
        job.LastRecordedAttempt = outcome.Lease.Attempt;
        // Only a genuine outcome clears a suspect job. An attempt that was released, cancelled without a request, lost,
        // or ended by a crash does not prove that the job is harmless (R10).
        if (
            outcome.Kind
            is not (OutcomeKind.Released or OutcomeKind.Cancelled or OutcomeKind.Lost or OutcomeKind.Crashed)
        )
            job.Status.Isolated = false;
        Record(job, outcome, context);
        return AckStatus.Recorded;
    }

    /// <summary>
    /// Fails the jobs whose bodies are damaged. Skips a lease if its job has ended in the meantime or is running under
    /// another attempt.
    /// </summary>
    public Response.Acknowledged Fail(Command.InputDamaged damaged, ApplyContext context)
    {
        foreach (var lease in damaged.Leases)
            if (state.Jobs.TryGet(lease.Job, out var job) && job.Lease == lease && job.Status.State == JobState.Running)
                Record(job, new Outcome(lease, OutcomeKind.Failed) { Error = DamagedInput }, context);
        return new Response.Acknowledged();
    }

    private void Record(Job job, Outcome outcome, ApplyContext context)
    {
        if (outcome.Kind == OutcomeKind.Succeeded)
        {
            Succeed(job, outcome, context);
            return;
        }
        if (
            outcome.Kind == OutcomeKind.Lost
            && job.Status.StopRequest == StopReason.None
            && state.Methods.LossPolicyOf(job).FailWhenLost
        )
        {
            // The worker stopped the attempt at the end of its lease or during a drain. The job may already have taken
            // effect, so it must not be rerun (R11).
            ReleaseHandler.RecordAttempt(job, OutcomeKind.Lost, context, outcome);
            lifecycle.End(job, JobState.Failed, context, FailReason.Lost, outcome);
            return;
        }
        if (outcome.Kind == OutcomeKind.Crashed)
        {
            releaseHandler.ProcessCrashed(job, outcome, context);
            return;
        }
        // The worker enforced the time limit itself, so the attempt counts against the retries, even if the broker's
        // stop request for the same reason came first (R12).
        var timedOut = outcome.Kind == OutcomeKind.TimedOut && job.Status.StopRequest == StopReason.Timeout;
        if (
            (job.Status.StopRequest != StopReason.None && !timedOut)
            || outcome.Kind is OutcomeKind.Released or OutcomeKind.Cancelled or OutcomeKind.Lost
        )
        {
            releaseHandler.Requeue(job, outcome.Kind, context, outcome);
            return;
        }
        ReleaseHandler.RecordAttempt(job, outcome.Kind, context, outcome);
        switch (outcome.Kind)
        {
            case OutcomeKind.Rejected:
                lifecycle.End(job, JobState.Failed, context, FailReason.Rejected, outcome);
                break;
            case OutcomeKind.TooLarge:
                lifecycle.End(job, JobState.Failed, context, FailReason.TooLarge, outcome);
                break;
            case OutcomeKind.TimedOut when outcome.Error is { Retryable: false }:
                lifecycle.End(job, JobState.Failed, context, FailReason.Timeout, outcome);
                break;
            case OutcomeKind.TimedOut:
                Retry(job, outcome, FailReason.Timeout, context);
                break;
            default:
                if (outcome.Error is { Retryable: false })
                    lifecycle.End(job, JobState.Failed, context, FailReason.Error, outcome);
                else
                    Retry(job, outcome, FailReason.Exhausted, context);
                break;
        }
    }

    private void Succeed(Job job, Outcome outcome, ApplyContext context)
    {
        if (outcome.Result.Length <= job.Status.ReservedBytes)
        {
            lifecycle.End(job, JobState.Succeeded, context, outcome: outcome);
            return;
        }
        var error = new JobError(
            "TooLarge",
            $"The result is {outcome.Result.Length} bytes, more than the {job.Status.ReservedBytes} bytes "
                + "reserved for it.",
            Retryable: false
        );
        Record(job, outcome with { Kind = OutcomeKind.TooLarge, Result = default, Error = error }, context);
    }

    private void Retry(Job job, Outcome outcome, FailReason finalReason, ApplyContext context)
    {
        if (!job.Spec.Retry.MayRetry(job.Status.Failures))
        {
            lifecycle.End(job, JobState.Failed, context, finalReason, outcome);
            return;
        }
        job.Status.Failures++;
        var delay = job.Spec.Retry.DelayAfter(job.Status.Failures, job.Lease);
        lifecycle.Schedule(job, context.Confirmed + delay, context);
    }
}
