using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Performs timed work: releases scheduled jobs, enforces deadlines and time limits, and expires leases.
/// </summary>
internal sealed class ExpireHandler(BrokerState state, Lifecycle lifecycle, ReleaseHandler releaseHandler)
{
    /// <summary>
    /// True if the last tick reached its limit on jobs with expired leases, so the next batch must continue.
    /// </summary>
    public bool HasMoreLeases { get; private set; }

    /// <remarks>
    /// Processes up to <see cref="Limits.JobsPerCommand"/> jobs for each kind of work (R3). The remaining jobs stay due
    /// and are processed on the next turn.
    /// </remarks>
    public void Apply(ApplyContext context)
    {
        ReleaseScheduled(context);
        ExpireDeadlines(context);
        ExpireTimeLimits(context);
        ExpireLeases(context);
        EnforceStopRequests(context);
        RemoveOrphans(context);
    }

    private void RemoveOrphans(ApplyContext context)
    {
        if (state.Orphans.Count == 0)
            return;
        var orphans = state.Orphans.Take(Limits.JobsPerCommand).ToList();
        state.Orphans.RemoveRange(0, orphans.Count);
        lifecycle.RemoveChildren([.. orphans.Where(child => child.Status.State == JobState.Blocked)], context);
    }

    private void ReleaseScheduled(ApplyContext context)
    {
        ReleaseScheduled(state.Scheduled, context.Now, context);
        ReleaseScheduled(state.Retries, context.Confirmed, context);
    }

    private void ReleaseScheduled(Timers<Instant, Job> timers, Instant until, ApplyContext context)
    {
        for (var taken = 0; taken < Limits.JobsPerCommand && timers.TryTake(until, out var job); taken++)
            if (job.Status.State == JobState.Scheduled && job.Status.ScheduledAt <= until)
                lifecycle.MakeReady(job, context);
    }

    private void ExpireDeadlines(ApplyContext context)
    {
        for (
            var taken = 0;
            taken < Limits.JobsPerCommand && state.Deadlines.TryTake(context.Confirmed, out var job);
            taken++
        )
        {
            if (job.IsOnWorker())
                lifecycle.RequestStop(job, StopReason.Deadline, context);
            else if (job.Status.State.IsUnfinished())
                lifecycle.End(job, JobState.Failed, context, FailReason.Deadline);
        }
    }

    private void ExpireTimeLimits(ApplyContext context)
    {
        for (
            var taken = 0;
            taken < Limits.JobsPerCommand && state.TimeLimits.TryTake(context.Elapsed, out var limit);
            taken++
        )
            if (limit.Job.Status.State == JobState.Running && limit.Job.Status.Attempt == limit.Attempt)
                lifecycle.RequestStop(limit.Job, StopReason.Timeout, context);
    }

    private void ExpireLeases(ApplyContext context)
    {
        List<Worker>? forgotten = null;
        var changed = 0;
        HasMoreLeases = false;
        foreach (var worker in state.Workers.All)
        {
            var silence = context.Elapsed - worker.LastSeen;
            if (silence >= state.Options.Lease && !worker.Unresponsive)
            {
                // At least one worker is processed per tick: it never holds more leases than this limit, nor do more
                // children wait for its attempts.
                var jobs = worker.HeldJobs.Count + worker.WaitingChildren.Jobs;
                if (changed > 0 && changed + jobs > Limits.JobsPerCommand)
                {
                    HasMoreLeases = true;
                    continue;
                }
                changed += jobs;
                releaseHandler.ExpireLeases(worker, context);
            }
            if (silence >= state.Options.EvictAfter)
                (forgotten ??= []).Add(worker);
        }
        forgotten?.ForEach(worker => releaseHandler.Evict(worker, context));
    }

    /// <summary>
    /// Instructs a worker process to exit if it is still running a job one lease period after it received the job's
    /// stop request (R12).
    /// </summary>
    private void EnforceStopRequests(ApplyContext context)
    {
        foreach (var job in state.StopRequested)
        {
            if (
                state.Workers.Current(job.Status.Holder) is not { } holder
                || job.RunningAttempt is not { } run
                || !holder.Instructions.IsDelivered(run.StopInstruction)
            )
                continue;
            run.StopDeliveredAt ??= context.Elapsed;
            if (holder.TerminateReason is not null || context.Elapsed - run.StopDeliveredAt < state.Options.Lease)
                continue;
            holder.Terminate(
                $"Job {job.Id} is still running one lease period after its stop request "
                    + $"({job.Status.StopRequest.ToWireName()})."
            );
        }
    }
}
