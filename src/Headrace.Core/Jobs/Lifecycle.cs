using Headrace.Core.Dispatch;
using Headrace.Core.Queues;

namespace Headrace.Core.Jobs;

/// <summary>
/// The only class that changes the state of a job. It checks the transition table and keeps lanes, limits, counters,
/// timers and rows consistent with the state. Which transition to make is decided by the command handlers.
/// </summary>
internal sealed class Lifecycle(BrokerState state)
{
    public Job Admit(JobSpec spec, ReadOnlyMemory<byte> body, Queue queue, Method method, Turn turn)
    {
        var job = new Job(JobId.Of(state.Options.Shard, state.NextJob++), spec);
        state.Jobs.Add(job);
        queue.Take(spec);
        if (body.Length > 0)
            turn.Batch.Add(
                new RowChange.PayloadAdded(new PayloadRow(job.Id, PayloadKind.Input, spec.ContentType, body))
            );
        if (spec.Deadline < Instant.Never)
            state.Deadlines.Add(spec.Deadline, job);
        if (spec.Due > turn.Now)
            Schedule(job, spec.Due, turn);
        else
            MakeReady(job, turn, queue, method);
        return job;
    }

    public void MakeReady(Job job, Turn turn)
    {
        if (!state.Methods.TryGet(job.Spec.Method, out var method))
            throw new InvalidOperationException(
                $"Job {job.Id} uses the method '{job.Spec.Method}', which has no stored row."
            );
        MakeReady(job, turn, state.Queues.Of(job.Spec.Queue), method);
    }

    public void Schedule(Job job, Instant due, Turn turn)
    {
        Move(job, JobState.Scheduled, turn);
        job.Now.Due = due;
        state.Due.Add(due, job);
    }

    /// <summary>
    /// Claims a job: increments the attempt, reserves space for the result, and gives the lease to the worker (R4,
    /// R13).
    /// </summary>
    public void Run(Job job, Worker holder, int version, long grant, Turn turn)
    {
        Move(job, JobState.Running, turn);
        ref var now = ref job.Now;
        now.Attempt++;
        now.RanVersion = version;
        now.Holder = holder.Self;
        now.Grant = grant;
        now.Claimed = turn.Now;
        now.ReservedBytes = Limits.DefaultMaxResult;
        holder.GrantedWithin = holder.Slots + holder.Prefetch;
        state.Queues.Of(job.Spec.Queue).Reserve(now.ReservedBytes);
        Hold(job, holder);
    }

    /// <summary>
    /// Requeues a job whose lease expired. The job keeps its holder, grant and reservation until its next claim or end,
    /// so that the holder can still resume it (R11).
    /// </summary>
    public void Lose(Job job, Turn turn)
    {
        var kept = job.Now;
        MakeReady(job, turn);
        (job.Now.Holder, job.Now.Grant, job.Now.ReservedBytes) = (kept.Holder, kept.Grant, kept.ReservedBytes);
        state.Queues.Of(job.Spec.Queue).Reserve(kept.ReservedBytes);
    }

    /// <summary>
    /// Resumes a job whose holder reconnected before another worker claimed it. The attempt continues unchanged (R11).
    /// </summary>
    public void TakeBack(Job job, Worker holder, Turn turn)
    {
        var kept = job.Now;
        Move(job, JobState.Running, turn);
        (job.Now.Holder, job.Now.Grant, job.Now.ReservedBytes) = (kept.Holder, kept.Grant, kept.ReservedBytes);
        state.Queues.Of(job.Spec.Queue).Reserve(kept.ReservedBytes);
        Hold(job, holder);
        // The lease fitted the worker's capacity when it was granted, possibly before a server restart.
        holder.GrantedWithin = Math.Max(holder.GrantedWithin, holder.Rows.Count);
    }

    /// <summary>
    /// Ends a job: removes it from memory and from the count of its queue, and responds to all requests waiting for it.
    /// </summary>
    public DoneRow End(Job job, JobState end, Turn turn, FailReason reason = FailReason.None, Outcome? outcome = null)
    {
        var result = end == JobState.Succeeded ? outcome!.Result : default;
        Move(job, end, turn, result.Length);
        state.Jobs.Remove(job);
        var queue = state.Queues.Of(job.Spec.Queue);
        queue.Give(job.Spec);
        queue.Drained.Ended(turn.Elapsed);

        var row = new DoneRow(job.ToRow(), state.NextFinish++, turn.Now, reason)
        {
            Error = outcome?.Error,
            ResultBytes = result.Length,
            ResultType = result.Length > 0 ? outcome!.ContentType : null,
            Metrics = outcome?.Metrics,
        };
        turn.Batch.Add(new RowChange.JobEnded(row, job.Stored));
        if (result.Length > 0)
            turn.Batch.Add(
                new RowChange.PayloadAdded(new PayloadRow(job.Id, PayloadKind.Result, row.ResultType, result))
            );
        if (end == JobState.Failed)
            turn.Batch.Add(new Effect.JobFailed(job.Id, job.Spec.Method, reason, outcome?.Error?.Message));
        state.Waiters.Answer(job.Id, new Answer.Ended(row), turn.Batch);
        return row;
    }

    /// <summary>Requests that the running attempt stop (R12). The first request wins.</summary>
    public void Want(Job job, Wanted wanted, Turn turn)
    {
        if (job.Now.Wanted != Wanted.Nothing)
            return;
        job.Now.Wanted = wanted;
        state.Wanted.Add(job);
        turn.Batch.Touch(job);
        if (state.Workers.Current(job.Now.Holder) is { } holder)
            (job.Run ??= new JobRun()).WantedOrder = holder.Orders.Give();
    }

    private void MakeReady(Job job, Turn turn, Queue queue, Method method)
    {
        Move(job, JobState.Ready, turn);
        job.Now.ReadySince = turn.Now;
        queue.LaneOf(method, job.Spec.Version).Add(job);
    }

    private void Move(Job job, JobState to, Turn turn, long resultBytes = 0)
    {
        var from = job.Now.State;
        if (!JobStates.MayMove(from, to))
            throw new InvalidOperationException($"Job {job.Id} cannot change from {from.Word()} to {to.Word()}.");
        if (from == JobState.Ready)
            job.Lane!.Remove(job);
        if (from == JobState.Running)
            Unhand(job, turn);
        Settle(job);
        if (from != JobState.None)
            state.Counters.Leave(job.Spec, from);
        state.Counters.Enter(job.Spec, to, resultBytes);
        job.Now.State = to;
        turn.Batch.Touch(job);
    }

    private static void Hold(Job job, Worker holder)
    {
        holder.Rows.Add(job);
        if (job.Now.Alone)
            holder.Suspects.Add(job);
    }

    private void Unhand(Job job, Turn turn)
    {
        if (state.Workers.Current(job.Now.Holder) is { } holder)
        {
            holder.Rows.Remove(job);
            holder.Suspects.Remove(job);
            holder.LastBusy = turn.Elapsed;
        }
        state.Wanted.Remove(job);
        job.Now.Wanted = Wanted.Nothing;
        job.Run = null;
    }

    private void Settle(Job job)
    {
        if (job.Now.ReservedBytes == 0)
            return;
        state.Queues.Of(job.Spec.Queue).Settle(job.Now.ReservedBytes);
        job.Now.ReservedBytes = 0;
    }
}
