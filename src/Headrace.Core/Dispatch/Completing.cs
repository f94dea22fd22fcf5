using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Applies outcomes. An outcome is recorded only if the job is running under the same attempt and is held by the
/// reporting worker (R6).
/// </summary>
internal sealed class Completing(BrokerState state, Lifecycle lifecycle, Releasing releasing)
{
    private static readonly JobError DamagedInput = new(
        "DamagedInput",
        "The body in the store does not fit its SHA-256. Submit the job again, and check the disk.",
        Retryable: false
    );

    public Verdict Complete(Outcome outcome, Holder sender, Turn turn)
    {
        if (!state.Jobs.TryGet(outcome.Lease.Job, out var job))
            return Verdict.Dropped;
        if (job.Now.Attempt != outcome.Lease.Attempt || job.Now.Holder != sender)
            return Verdict.Dropped;
        if (job.Recorded == outcome.Lease.Attempt)
            return Verdict.Repeated;
        if (job.Now.State != JobState.Running && !releasing.TakeBack(job, turn))
            return Verdict.Dropped;
        job.Recorded = outcome.Lease.Attempt;
        // Only a genuine outcome clears a suspect. An attempt that was released, cancelled without a request, lost, or
        // ended by a crash proves nothing (R10).
        if (
            outcome.Kind
            is not (OutcomeKind.Released or OutcomeKind.Cancelled or OutcomeKind.Lost or OutcomeKind.Crashed)
        )
            job.Now.Alone = false;
        Record(job, outcome, turn);
        return Verdict.Recorded;
    }

    /// <summary>
    /// Ends the jobs whose bodies are damaged. A lease whose job has ended or runs under another attempt by now is
    /// skipped.
    /// </summary>
    public Answer.Noted Fail(Command.InputDamaged damaged, Turn turn)
    {
        foreach (var lease in damaged.Leases)
            if (state.Jobs.TryGet(lease.Job, out var job) && job.Lease == lease && job.Now.State == JobState.Running)
                Record(job, new Outcome(lease, OutcomeKind.Failed) { Error = DamagedInput }, turn);
        return new Answer.Noted();
    }

    private void Record(Job job, Outcome outcome, Turn turn)
    {
        if (outcome.Kind == OutcomeKind.Succeeded)
        {
            Succeed(job, outcome, turn);
            return;
        }
        if (
            outcome.Kind == OutcomeKind.Lost
            && job.Now.Wanted == Wanted.Nothing
            && state.Methods.LossOf(job).FailWhenLost
        )
        {
            // The worker stopped the attempt at the end of its lease or during a drain. The job may already have taken
            // effect, so it must not be rerun (R11).
            Releasing.Remember(job, OutcomeKind.Lost, turn, outcome.Error);
            lifecycle.End(job, JobState.Failed, turn, FailReason.Lost, outcome);
            return;
        }
        if (outcome.Kind == OutcomeKind.Crashed)
        {
            releasing.ProcessCrashed(job, outcome, turn);
            return;
        }
        if (
            job.Now.Wanted != Wanted.Nothing
            || outcome.Kind is OutcomeKind.Released or OutcomeKind.Cancelled or OutcomeKind.Lost
        )
        {
            releasing.Return(job, outcome.Kind, turn, outcome);
            return;
        }
        Releasing.Remember(job, outcome.Kind, turn, outcome.Error);
        switch (outcome.Kind)
        {
            case OutcomeKind.Rejected:
                lifecycle.End(job, JobState.Failed, turn, FailReason.Rejected, outcome);
                break;
            case OutcomeKind.TooLarge:
                lifecycle.End(job, JobState.Failed, turn, FailReason.TooLarge, outcome);
                break;
            case OutcomeKind.TimedOut:
                Retry(job, outcome, FailReason.Timeout, turn);
                break;
            default:
                if (outcome.Error is { Retryable: false })
                    lifecycle.End(job, JobState.Failed, turn, FailReason.Error, outcome);
                else
                    Retry(job, outcome, FailReason.Exhausted, turn);
                break;
        }
    }

    private void Succeed(Job job, Outcome outcome, Turn turn)
    {
        if (outcome.Result.Length <= job.Now.ReservedBytes)
        {
            lifecycle.End(job, JobState.Succeeded, turn, outcome: outcome);
            return;
        }
        var error = new JobError(
            "TooLarge",
            $"The result has {outcome.Result.Length} bytes, more than the {job.Now.ReservedBytes} bytes "
                + "reserved for it.",
            Retryable: false
        );
        Record(job, outcome with { Kind = OutcomeKind.TooLarge, Result = default, Error = error }, turn);
    }

    private void Retry(Job job, Outcome outcome, FailReason otherwise, Turn turn)
    {
        if (!RetryRule.MayRetry(job.Spec, job.Now))
        {
            lifecycle.End(job, JobState.Failed, turn, otherwise, outcome);
            return;
        }
        job.Now.Failures++;
        lifecycle.Schedule(job, turn.Now + RetryRule.Delay(job.Lease, job.Now.Failures), turn);
    }
}
