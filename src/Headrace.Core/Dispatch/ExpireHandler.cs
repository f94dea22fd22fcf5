using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Performs timed work: releases scheduled jobs, enforces deadlines and time limits, and expires leases.
/// </summary>
internal sealed class ExpireHandler(BrokerState state, Lifecycle lifecycle, ReleaseHandler releaseHandler)
{
    /// <summary>True if the last tick reached its limit on expired leases, so the next batch must continue.</summary>
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
            else if (!job.Status.State.IsEnded())
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
        var leases = 0;
        HasMoreLeases = false;
        foreach (var worker in state.Workers.All)
        {
            var silence = context.Elapsed - worker.LastSeen;
            if (silence >= state.Options.Lease && !worker.Unresponsive)
            {
                // A worker never holds more leases than this limit, so at least one worker is processed per tick.
                if (leases + worker.HeldJobs.Count > Limits.JobsPerCommand)
                {
                    HasMoreLeases = true;
                    continue;
                }
                leases += worker.HeldJobs.Count;
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
