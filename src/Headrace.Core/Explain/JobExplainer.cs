using System.Globalization;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Core.Explain;

/// <summary>Explains where a job is and what it is waiting for (R19).</summary>
internal sealed class JobExplainer(BrokerState state)
{
    private readonly WaitExplainer _waits = new(state);

    public string? Explain(Job job, ApplyContext context)
    {
        var place = ExplainPlace(job, context);
        return state.UnconfirmedStep is { } step && job.Spec.Deadline <= context.Now
            ? $"{place} Its deadline has passed but is not enforced yet, because the system clock stepped forward by "
                + $"{Count((int)Math.Round(step.Ahead.TotalHours), "hour")}. Unless the clock steps back, deadlines "
                + $"will follow it in {Count((int)Math.Ceiling(step.Remaining.TotalMinutes), "minute")}."
            : place;
    }

    private string? ExplainPlace(Job job, ApplyContext context) =>
        job.Status.State switch
        {
            JobState.Blocked => ExplainBlocked(job),
            JobState.Ready => string.Join(' ', _waits.Reasons(job, context)),
            JobState.Scheduled when job.Status.Failures > 0 =>
                $"Attempt {job.Status.Attempt} failed; retry {job.Status.Failures} of {job.Spec.Retries} is "
                    + $"scheduled for {Text(job.Status.ScheduledAt)}.",
            JobState.Scheduled => $"Scheduled for {Text(job.Status.ScheduledAt)}.",
            JobState.Running when job.Status.StopRequest != StopReason.None =>
                $"Worker {job.Status.Holder.Worker} was asked to stop this attempt "
                    + $"({job.Status.StopRequest.ToWireName()}).",
            JobState.Running when job.IsMessage() => ExplainHeld(job, context),
            JobState.Running => ExplainRunning(job),
            _ => null,
        };

    private string ExplainBlocked(Job job)
    {
        var parent = job.Spec.Parent!.Lease;
        var stop =
            state.Jobs.TryGet(parent.Job, out var running) && running.Status.StopRequest is not StopReason.None
                ? $" That attempt was asked to stop ({running.Status.StopRequest.ToWireName()})."
                : "";
        return $"Waits until attempt {parent.Attempt} of job {parent.Job}, which submitted it, succeeds.{stop}";
    }

    private string ExplainHeld(Job job, ApplyContext context)
    {
        state.Messages.TryGet(job, out var lease);
        var left = Count((int)Math.Ceiling((lease.Until - context.Elapsed).TotalSeconds), "second");
        return $"A client holds this message (delivery {job.Status.Attempt}). If the client does not acknowledge it "
            + $"within {left}, it is delivered again.";
    }

    private string ExplainRunning(Job job)
    {
        var running = $"Running on worker {job.Status.Holder.Worker}, attempt {job.Status.Attempt}.";
        if (!job.Status.Isolated)
            return running;
        var holder = state.Workers.Current(job.Status.Holder);
        var together = (holder?.Suspects.Count ?? 1) - 1;
        var others = (holder?.HeldJobs.Count ?? 1) - 1 - together;
        if (job.RunningAttempt?.Started is null && others > 0)
            return $"Assigned to worker {job.Status.Holder.Worker}, attempt {job.Status.Attempt}. The job runs alone "
                + $"on its worker, so it waits for the worker's {Count(others, "other job")} to end.";
        return together == 0
            ? $"{running} It runs alone on its worker."
            : $"{running} To find the job that crashed a process, the worker runs this job together with "
                + $"{Count(together, "other job")} from that process, and no others.";
    }

    public static string Count(int number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    public static string Text(Instant at) =>
        at.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
