using Headrace.Core.Dispatch;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Retention;

namespace Headrace.Core.Jobs;

/// <summary>
/// The only class that changes the state of a job. It checks the transition table and keeps lanes, limits, counters,
/// timers and rows consistent with the state. The command handlers decide which transition to make.
/// </summary>
internal sealed partial class Lifecycle(BrokerState state, ResultRoom room)
{
    /// <summary>Adds a new job. The caller has already checked the capacity.</summary>
    public Job Admit(JobSpec spec, ReadOnlyMemory<byte> body, Method method, ApplyContext context)
    {
        var job = Create(spec, body, context);
        Enter(job);
        Begin(job, method, context);
        return job;
    }

    /// <summary>
    /// Returns an ended job to an unfinished state. Its attempt number continues to increase, because it is part of the
    /// fencing token (R4); all other counters restart at zero. The caller has already checked the capacity.
    /// </summary>
    public Job Readmit(DoneRow row, Method method, ApplyContext context)
    {
        var (id, spec, before) = (row.Job.Id, row.Job.Spec, row.Job.Status);
        var job = new Job(id, spec)
        {
            Stored = true,
            Status = new JobStatus
            {
                State = before.State,
                Attempt = before.Attempt,
                RanVersion = before.RanVersion,
                Claimed = before.Claimed,
            },
        };
        context.Batch.Add(new RowChange.JobReadmitted(id, row.CompletionNumber));
        EndedRowRemoval.Record(state, id, spec.Queue);
        state.Feeds.OnRetried(spec.Queue, row.CompletionNumber, context.Batch);
        Enter(job);
        Begin(job, method, context);
        room.Review(state.Histories.GetOrAdd(spec.Queue), context);
        return job;
    }

    public void MakeReady(Job job, ApplyContext context) =>
        MakeReady(job, context, state.Queues.GetOrAdd(job.Spec.Queue), MethodOf(job));

    public void Schedule(Job job, Instant scheduledAt, ApplyContext context)
    {
        var children = Transition(job, JobState.Scheduled, context);
        job.Status.ScheduledAt = scheduledAt;
        state.TimersOf(job).Add(scheduledAt, job);
        ReportEndOfAttempt(job, context);
        Settle(children, succeeded: false, context);
    }

    /// <summary>
    /// Moves a waiting job to another queue, or gives it another priority. The caller has checked that the queue has
    /// capacity for it, and that the job has no retained lease and is not isolated.
    /// </summary>
    public void Requeue(Job job, QueueName queueName, int priority, ApplyContext context)
    {
        var isReady = job.Status.State == JobState.Ready;
        var method = job.Lane?.Method;
        if (isReady)
            state.Ready.Remove(job);
        state.Counters.Leave(job.Spec, job.Status.State);
        var before = state.Queues.GetOrAdd(job.Spec.Queue);
        state.Queues.Remove(before, job.Spec);
        state.PlaceWaiters.OnChanged(before, context.Batch);
        job.Spec = job.Spec with { Queue = queueName, Priority = priority };
        var queue = state.Queues.GetOrAdd(queueName);
        state.Queues.Add(queue, job.Spec);
        state.Counters.Enter(job.Spec, job.Status.State);
        if (isReady)
            state.Ready.Add(job, queue.LaneFor(method!, job.Spec.Version));
        if (job.Stored)
            context.Batch.Add(new RowChange.JobRequeued(job.Id, queueName, priority));
        if (before != queue)
            context.Batch.Add(new Effect.JobChangedQueue(job.ToRow(), before.Name, context.Now));
        context.Batch.MarkDirty(job);
    }

    /// <summary>
    /// Claims a job: increments the attempt number, reserves space for the result, and grants the lease to the worker
    /// (R4, R13).
    /// </summary>
    public void Claim(Job job, Worker holder, Method.Version version, long exchangeNumber, ApplyContext context)
    {
        StartAttempt(job, holder.Identity, version.Number, exchangeNumber, context);
        if (version.Slots > 1)
            job.RunningAttempt = new RunningAttempt { Slots = version.Slots };
        holder.Attach(job);
        // A group of suspects may exceed the capacity that the worker reports.
        holder.CapacityAtGrant =
            holder.Suspects.Count > 1
                ? Math.Max(holder.Slots + holder.Prefetch, holder.OccupiedSlots)
                : holder.Slots + holder.Prefetch;
    }

    /// <summary>Leases a message to a client until this time (R28).</summary>
    public void ClaimMessage(Job job, Elapsed until, ApplyContext context)
    {
        StartAttempt(job, MessageMethod.Client, MessageMethod.Version, exchangeNumber: 0, context);
        state.Messages.Add(job, until);
    }

    /// <summary>
    /// Requeues a job whose lease expired. The job keeps its holder, grant and reservation until its next claim or end,
    /// so that the holder can still resume it (R11).
    /// </summary>
    public void RequeueRetained(Job job, ApplyContext context)
    {
        var lease = RetainedLease.Of(job.Status);
        MakeReady(job, context);
        state.Ready.Retain(job, lease);
    }

    /// <summary>
    /// Resumes a job whose holder reconnected before another worker claimed it. The attempt continues unchanged (R11).
    /// </summary>
    public void Resume(Job job, RetainedLease lease, Worker holder, ApplyContext context)
    {
        Transition(job, JobState.Running, context);
        (job.Status.Holder, job.Status.GrantedByExchange, job.Status.ReservedBytes) = (
            lease.Holder,
            lease.GrantedByExchange,
            lease.ReservedBytes
        );
        state.Queues.GetOrAdd(job.Spec.Queue).Reserve(lease.ReservedBytes);
        if (state.Methods.SlotsOf(job) is var slots && slots > 1)
            job.RunningAttempt = new RunningAttempt { Slots = slots };
        holder.Attach(job);
        // The lease was within the worker's capacity when it was granted, possibly before a server restart.
        holder.CapacityAtGrant = Math.Max(holder.CapacityAtGrant, holder.OccupiedSlots);
    }

    /// <summary>
    /// Ends a job: removes it from memory and from its queue's count, and responds to all requests that are waiting for
    /// it.
    /// </summary>
    public DoneRow End(
        Job job,
        JobState finalState,
        ApplyContext context,
        FailReason reason = FailReason.None,
        Outcome? outcome = null
    )
    {
        var result = finalState == JobState.Succeeded ? outcome!.Result : default;
        var onlyState = job.EndChangesOnlyState && outcome is null;
        var children = Transition(job, finalState, context, result.Length);
        state.Jobs.Remove(job);
        var queue = state.Queues.GetOrAdd(job.Spec.Queue);
        state.Queues.Remove(queue, job.Spec);
        queue.CompletionRate.Record(context.Elapsed);
        state.Jobs.CompletionRate.Record(context.Elapsed);
        room.OnEnded(queue.Name, finalState, context);
        state.PlaceWaiters.OnChanged(queue, context.Batch);
        state.Feeds.OnEnded(queue.Name, finalState, context.Batch);

        var row = new DoneRow(job.ToRow(), state.NextCompletion++, context.Now, reason)
        {
            Error = outcome?.Error,
            ResultBytes = result.Length,
            ResultType = result.Length > 0 ? outcome!.ContentType : null,
            Metrics = outcome?.Metrics,
        };
        context.Batch.Add(new RowChange.JobEnded(row, job.Stored) { OnlyStateChanged = onlyState });
        if (result.Length > 0)
            context.Batch.Add(
                new RowChange.PayloadAdded(new PayloadRow(job.Id, PayloadKind.Result, row.ResultType, result))
            );
        context.Batch.Add(new Effect.JobMoved(row.Job, job.MovedFrom!.Value, context.Now) { Ended = row });
        if (finalState == JobState.Failed)
            context.Batch.Add(new Effect.JobFailed(job.Id, job.Spec.Method, reason, outcome?.Error?.Message));
        state.Waiters.Complete(job.Id, new Response.Ended(row), context.Batch);
        Settle(children, finalState == JobState.Succeeded, context);
        return row;
    }

    /// <summary>
    /// Requests that the running attempt stop (R12). The first request wins, with one exception: a cancel or a deadline
    /// replaces a time limit, because it ends the job, whereas a job that exceeded its time limit may be retried. The
    /// worker is then already stopping the attempt and needs no second instruction.
    /// </summary>
    public void RequestStop(Job job, StopReason stopReason, ApplyContext context)
    {
        var first = job.Status.StopRequest == StopReason.None;
        if (!first && (job.Status.StopRequest != StopReason.Timeout || stopReason == StopReason.Timeout))
            return;
        job.Status.StopRequest = stopReason;
        state.StopRequested.Add(job);
        context.Batch.MarkDirty(job);
        if (first && state.Workers.Current(job.Status.Holder) is { } holder)
            (job.RunningAttempt ??= new RunningAttempt()).StopInstruction = holder.Instructions.Issue();
    }

    private Job Create(JobSpec spec, ReadOnlyMemory<byte> body, ApplyContext context)
    {
        var job = new Job(JobId.Of(state.Options.Shard, state.NextJob++), spec);
        if (body.Length > 0)
            context.Batch.Add(
                new RowChange.PayloadAdded(new PayloadRow(job.Id, PayloadKind.Input, spec.ContentType, body))
            );
        return job;
    }

    /// <summary>Adds a job to memory and to its queue.</summary>
    private void Enter(Job job)
    {
        state.Jobs.Add(job);
        state.Queues.Add(state.Queues.GetOrAdd(job.Spec.Queue), job.Spec);
        if (job.Spec.Deadline < Instant.Never)
            state.Deadlines.Add(job.Spec.Deadline, job);
    }

    /// <summary>Schedules a job, or makes it ready if its scheduled time has come.</summary>
    private void Begin(Job job, Method method, ApplyContext context)
    {
        if (job.Spec.ScheduledAt > context.Now)
            Schedule(job, job.Spec.ScheduledAt, context);
        else
            MakeReady(job, context, state.Queues.GetOrAdd(job.Spec.Queue), method);
    }

    private Method MethodOf(Job job) =>
        state.Methods.TryGet(job.Spec.Method, out var method)
            ? method
            : throw new InvalidOperationException(
                $"Job {job.Id} uses the method '{job.Spec.Method}', which has no stored row."
            );

    private void MakeReady(Job job, ApplyContext context, Queue queue, Method method)
    {
        var children = Transition(job, JobState.Ready, context);
        job.Status.ReadySince = context.Now;
        state.Ready.Add(job, queue.LaneFor(method, job.Spec.Version));
        ReportEndOfAttempt(job, context);
        if (job.IsMessage())
            state.Messages.WakeNext(queue.Name, context.Batch);
        Settle(children, succeeded: false, context);
    }

    /// <summary>Starts the next attempt of a job.</summary>
    private void StartAttempt(Job job, LeaseHolder holder, int version, long exchangeNumber, ApplyContext context)
    {
        Transition(job, JobState.Running, context);
        ref var now = ref job.Status;
        now.Attempt++;
        now.RanVersion = version;
        now.Holder = holder;
        now.GrantedByExchange = exchangeNumber;
        now.Claimed = context.Now;
        now.ReservedBytes = Limits.DefaultMaxResult;
        state.Queues.GetOrAdd(job.Spec.Queue).Reserve(now.ReservedBytes);
    }

    /// <summary>
    /// Changes the state of a job. The batch reports the change when it is finished or when the job ends, once the
    /// other columns are complete. If an attempt ends, returns its children, about which the caller must decide.
    /// </summary>
    private AttemptChildren? Transition(Job job, JobState to, ApplyContext context, long resultBytes = 0)
    {
        var from = job.Status.State;
        if (!JobStates.CanTransition(from, to))
            throw new InvalidOperationException(
                $"Job {job.Id} cannot change from {from.ToWireName()} to {to.ToWireName()}."
            );
        if (from == JobState.Ready)
            state.Ready.Remove(job);
        if (from == JobState.Blocked)
            LeaveParent(job);
        var children = from == JobState.Running ? Detach(job, context) : null;
        ReleaseReservation(job);
        if (from != JobState.None)
            state.Counters.Leave(job.Spec, from);
        if (to != JobState.None)
            state.Counters.Enter(job.Spec, to, resultBytes);
        job.Status.State = to;
        job.MovedFrom ??= from;
        context.Batch.MarkDirty(job);
        return children;
    }

    private void ReleaseReservation(Job job)
    {
        if (job.Status.ReservedBytes == 0)
            return;
        state.Queues.GetOrAdd(job.Spec.Queue).Unreserve(job.Status.ReservedBytes);
        job.Status.ReservedBytes = 0;
    }
}
