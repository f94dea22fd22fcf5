using Headrace.Core.Explain;
using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Performs timed work: releases scheduled jobs, enforces deadlines and time limits, expires leases, and ends waits.
/// </summary>
internal sealed class Expiring(BrokerState state, Lifecycle lifecycle, Releasing releasing, Why why)
{
    /// <remarks>
    /// Processes at most the R3 limit of each kind. Anything left over is due immediately, in the next turn.
    /// </remarks>
    public void Apply(Turn turn)
    {
        Release(turn);
        Deadlines(turn);
        TimeLimits(turn);
        Silence(turn);
        Disobedience(turn);
        Waits(turn);
    }

    private void Release(Turn turn)
    {
        for (var taken = 0; taken < Limits.JobsPerCommand && state.Due.TryTake(turn.Now, out var job); taken++)
            if (job.Now.State == JobState.Scheduled && job.Now.Due <= turn.Now)
                lifecycle.MakeReady(job, turn);
    }

    private void Deadlines(Turn turn)
    {
        for (var taken = 0; taken < Limits.JobsPerCommand && state.Deadlines.TryTake(turn.Now, out var job); taken++)
        {
            if (job.Now.State == JobState.Running)
                lifecycle.Want(job, Wanted.Deadline, turn);
            else if (!job.Now.State.IsEnded())
                lifecycle.End(job, JobState.Failed, turn, FailReason.Deadline);
        }
    }

    private void TimeLimits(Turn turn)
    {
        while (state.TimeLimits.TryTake(turn.Elapsed, out var limit))
            if (limit.Job.Now.State == JobState.Running && limit.Job.Now.Attempt == limit.Attempt)
                lifecycle.Want(limit.Job, Wanted.Timeout, turn);
    }

    private void Silence(Turn turn)
    {
        List<Worker>? forgotten = null;
        foreach (var worker in state.Workers.All)
        {
            var silence = turn.Elapsed - worker.Heard;
            if (silence >= state.Options.Lease && !worker.Silent)
                releasing.FallSilent(worker, turn);
            if (silence >= state.Options.Forget)
                (forgotten ??= []).Add(worker);
        }
        forgotten?.ForEach(worker => releasing.Forget(worker, turn));
    }

    /// <summary>
    /// A worker that received a stop request one lease ago and still runs the job must terminate: its process is
    /// instructed to exit (R12).
    /// </summary>
    private void Disobedience(Turn turn)
    {
        foreach (var job in state.Wanted)
        {
            if (
                state.Workers.Current(job.Now.Holder) is not { } holder
                || job.Run is not { } run
                || !holder.Orders.HasHeard(run.WantedOrder)
            )
                continue;
            run.WantedHeard ??= turn.Elapsed;
            if (holder.EndedWhy is not null || turn.Elapsed - run.WantedHeard < state.Options.Lease)
                continue;
            holder.EndedWhy =
                $"Job {job.Id} is still running one lease after its stop request ({job.Now.Wanted.Word()}).";
            holder.Orders.Give();
        }
    }

    private void Waits(Turn turn)
    {
        while (state.Waiters.TryTake(turn.Elapsed, out var ticket, out var id))
            if (state.Jobs.TryGet(id, out var job))
                turn.Batch.Add(ticket, new Answer.Live(job.ToRow(), why.Of(job)));
    }
}
