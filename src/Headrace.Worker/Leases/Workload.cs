using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Worker.Leases;

/// <summary>
/// Assigns jobs to free slots, forwards stop requests to methods, and releases jobs that it cannot start soon.
/// </summary>
internal sealed class Workload(
    WorkerRules rules,
    LeaseTable book,
    ServerConnection serverConnection,
    StopDeadlines deadlines
)
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, rules.Slots).Select(number => new Slot(number))];

    /// <summary>
    /// The method that ran last. It is the best estimate of the method that a free slot will run next.
    /// </summary>
    private MethodShape? _last;

    /// <summary>
    /// Gets a value indicating whether the worker is closed, in which case it starts no more jobs and keeps no waiting
    /// jobs.
    /// </summary>
    public bool Closed { get; private set; }

    public int SlotCount => _slots.Length;

    /// <summary>
    /// Gets the number of jobs, measured in slots, that can run at the same time, based on the running methods and the
    /// method of the next job: a slot counts once for each job that can share it. If no job is waiting, a free slot
    /// counts once, because it is not known whether the next job can share it; the next message corrects the number.
    /// </summary>
    public int Slots =>
        Math.Min(
            Math.Max(WorkerRules.MaxLeases, _slots.Length),
            _slots.Sum(slot => (slot.Method ?? book.Waiting.FirstOrDefault()?.Method)?.Shape.MaxConcurrency ?? 1)
        );

    /// <summary>
    /// Returns how many of the reported slots are not available to a job of several slots, because they are places in a
    /// slot that a stream or a batch occupies. The remaining slots, minus those that the leases occupy, are free and
    /// not needed by a waiting job.
    /// </summary>
    /// <param name="reported">The number of slots that a message reports.</param>
    public int SharedSlotsOf(int reported)
    {
        var waiting = book.Waiting.Sum(job => job.Method.Slots);
        var held = waiting + _slots.Sum(slot => slot.Jobs * (slot.Method?.Slots ?? 1));
        // No message is sent after the return of a batch call, so its slots count as free when its last job has ended.
        var free = Math.Max(0, _slots.Count(slot => slot.IsIdle) - waiting);
        return Math.Clamp(reported - held - free, 0, reported);
    }

    /// <summary>
    /// Returns true when every slot has been occupied by the same jobs for a while, so that waiting jobs would start
    /// sooner on another worker.
    /// </summary>
    public bool IsStalled(Elapsed now) =>
        IsFull && now >= _slots.Max(slot => slot.LastActivity) + WorkerRules.WaitingTimeout;

    /// <summary>Returns the number of slots for which to request leases beyond those that can run now.</summary>
    public int Prefetch(Elapsed now) => Closed || book.HasSuspects || IsStalled(now) ? 0 : Prefetched;

    /// <summary>
    /// Returns true if a job is about to end and no other job could start before then: every slot is full of short
    /// jobs, none of which has run for an unexpectedly long time, and no job is waiting.
    /// </summary>
    public bool EndsSoon(StepContext context)
    {
        if (Closed || book.AnyWaiting || !_slots.All(slot => slot.IsFull && slot.Method!.Pace.IsShort))
            return false;
        var until = _slots.Min(slot => slot.LastActivity) + WorkerRules.LocalQueueTimeout;
        if (context.Now >= until)
            return false;
        context.WakeBy(until);
        return true;
    }

    private bool IsFull => _slots.All(slot => slot.IsFree ? NextNeedsMoreSlots : slot.IsFull || book.AnyWaiting);

    /// <summary>Gets a value indicating whether the next waiting job occupies more slots than are free.</summary>
    private bool NextNeedsMoreSlots =>
        book.FirstWaiting is { Value.Method: { Slots: > 1 } method } && !HasFreeSlotsFor(method);

    private int Prefetched =>
        (int)
            Math.Min(
                PrefetchRule.Max,
                Math.Round(_slots.Sum(slot => (slot.Method ?? _last)?.Pace.Prefetch ?? 1.0 / _slots.Length))
            );

    public void Close(StepContext context)
    {
        Closed = true;
        book.ReleaseWaiting(context);
    }

    public void Add(LeasedJob job, StepContext context)
    {
        if (book.Add(job, context.Wall, context.Now) is not { } held)
            return;
        if (job.Payload is { } payload)
            book.Finish(held, Unsupported(payload));
        if (Closed)
            book.ReleaseWaiting(context);
        // Suspects run in isolation: running jobs finish first, and waiting jobs are released (R10).
        else if (book.HasSuspects)
            book.ReleaseWaitingExceptSuspects(context);
    }

    /// <summary>Fails the job, because a method that ran without its input would return a wrong result.</summary>
    private static Outcome Unsupported(PayloadReference payload) =>
        new()
        {
            Kind = Kind.Failed,
            Error = new OutcomeError
            {
                Type = "UnsupportedPayload",
                Message =
                    $"The body of this job is stored as payload {payload.Id}. This worker does not support payload "
                    + "references.",
            },
        };

    /// <summary>
    /// Handles a revoked lease (R6): cancels its job, but a method inside this process can only be asked to stop.
    /// </summary>
    public void Revoke(LeaseToken lease, StepContext context)
    {
        if (book.Find(lease) is { } job && book.Revoke(job))
            deadlines.Cancel(job, Kind.Cancelled, StopReason.None, context);
    }

    /// <summary>Handles a stop request from the broker (R12). The same request can arrive many times.</summary>
    public void RequestStop(StopRequest request, StepContext context)
    {
        if (book.Find(request.Lease) is not { } job)
            return;
        var (kind, reason) = request.Reason switch
        {
            Reason.Timeout => (Kind.TimedOut, StopReason.Timeout),
            Reason.Deadline => (Kind.Cancelled, StopReason.Deadline),
            _ => (Kind.Cancelled, StopReason.Cancel),
        };
        if (job.Stage == HeldJob.LocalStage.Waiting)
            book.Finish(job, new Outcome { Kind = Kind.Cancelled });
        else
            deadlines.Cancel(job, kind, reason, context);
    }

    public static void OnProgress(HeldJob job, WorkerEvent.ProgressReported said)
    {
        if (said.Progress is not null)
            (job.Progress, job.ProgressReported) = (said.Progress, false);
        if (said.Log is not null)
            (job.Log, job.LogReported) = (said.Log, false);
    }

    /// <summary>Handles the start of a job that was assigned in advance.</summary>
    public void OnStarted(HeldJob job, StepContext context)
    {
        if (job.Stage != HeldJob.LocalStage.Assigned)
            return;
        book.MarkRunning(job, context);
        job.Slot!.LastActivity = context.Now;
    }

    /// <summary>
    /// Handles the end of a job: frees its place in the slot and sets its outcome. A job that succeeded counts as
    /// succeeded even after a stop request (R12).
    /// </summary>
    public void OnEnded(HeldJob job, MethodEnd end, StepContext context)
    {
        if (!job.IsInSlot)
            return;
        if (end is { Kind: Kind.Released, Took: null } && OnRecalled(job))
        {
            book.ReturnToQueue(job);
            return;
        }
        // A job that never started provides no information about run times, and it does not change how busy its slot
        // is.
        if (end.Kind != Kind.Released || end.Took is not null)
        {
            job.Slot!.LastActivity = context.Now;
            _last = job.Method;
            _last.Pace.Record(end.Took ?? context.Now - job.StartedAt);
        }
        if (end.Log is not null)
            job.Log = end.Log;
        book.Finish(
            job,
            new Outcome
            {
                Kind = end.Kind switch
                {
                    Kind.Cancelled => job.StopRequested?.As ?? end.Kind,
                    // The executor abandoned an execution that it had started, so a job that must not run again is
                    // lost.
                    Kind.Released when end.Took is not null => job.KindIfAbandoned,
                    Kind.Released when job.StopRequested is { As: Kind.Cancelled } => Kind.Cancelled,
                    // A job that never started is released, even if it would have been lost if it had started.
                    _ => end.Kind,
                },
                Isolated = end.WasAlone,
                Result = end.Result,
                ContentType = end.ContentType,
                Error = end.Error,
                Metrics = end.Metrics,
            }
        );
    }

    /// <summary>
    /// Returns true when a recalled job can run in another slot of this worker: it was assigned in advance, has not
    /// started, and no stop request applies to it.
    /// </summary>
    private bool OnRecalled(HeldJob job) =>
        job
            is
        {
            Stage: HeldJob.LocalStage.Assigned,
            Method.Shape.Kind: ShapeKind.Single,
            StopRequested: null,
            Revoked: false
        }
        && !Closed
        && !book.HasSuspects;

    /// <summary>Handles the return of a batch call, whose jobs have all ended.</summary>
    public void OnCallReturned(int slot, StepContext context)
    {
        _slots[slot].LastActivity = context.Now;
        _slots[slot].OnCallReturned();
    }

    /// <summary>
    /// Assigns waiting jobs to slots in their order of arrival, and releases those that have waited too long for a
    /// slot.
    /// </summary>
    public void Start(StepContext context)
    {
        if (!Closed)
            FillSlots(context);
        foreach (var slot in _slots)
        {
            if (book.AssignedSince(slot) is not { } handed)
                continue;
            // In a slot that runs one job after another, the time since the last activity counts. In a stream, the
            // activity of one job does not show whether the others are making progress, so the time since the
            // assignment counts.
            var patientUntil =
                slot.Method?.Shape.Kind == ShapeKind.Single
                    ? slot.LastActivity + WorkerRules.LocalQueueTimeout
                    : handed + WorkerRules.WaitingTimeout;
            if (context.Now < patientUntil)
                context.WakeBy(patientUntil);
            else
                book.RequestRecall(slot, context);
        }
        if (IsStalled(context.Now))
            book.ReleaseWaiting(context);
        else if (IsFull)
            context.WakeBy(_slots.Max(slot => slot.LastActivity) + WorkerRules.WaitingTimeout);
    }

    private void FillSlots(StepContext context)
    {
        HashSet<MethodShape>? gathering = null;
        for (var next = book.FirstWaiting; next is not null;)
        {
            var job = next.Value;
            next = next.Next;
            // Suspects wait until all other jobs have ended, and no other job starts while they run (R10).
            if (
                book.HasSuspects && (book.AnyInSlotButSuspects || _slots.Any(slot => slot is { InCall: true, Jobs: 0 }))
            )
                return;
            // The lease may expire before the job ends, so the job waits until the server renews the lease.
            if (job.Exclusive && context.Now >= serverConnection.ExclusiveStopAt)
                return;
            if (gathering?.Contains(job.Method) == true)
                continue;
            var batch = job.Method.Shape.Kind == ShapeKind.Batch ? BatchSize(job, context) : 1;
            if (batch == 0)
            {
                // Other methods need not wait until this batch is ready.
                (gathering ??= []).Add(job.Method);
                continue;
            }
            // Jobs start strictly in order. Otherwise, a stream that always has work would never free its slot for
            // other methods.
            if (SlotFor(job.Method, context.Now) is not { } slot)
                return;
            if (job.Method.Shape.Kind == ShapeKind.Batch)
            {
                StartBatch(job.Method, batch, slot, context);
                next = book.FirstWaiting;
            }
            else
                Start(job, slot, context);
        }
    }

    private void Start(HeldJob job, Slot slot, StepContext context)
    {
        // A job that is queued behind another job starts later. In a stream, a job starts when the stream reads it.
        var ahead = job.Method.Shape.Kind == ShapeKind.Stream || !slot.IsFree;
        Occupy(slot, job.Method, 1, context.Now);
        book.Assign(job, slot, context, ahead);
        context.Add(new WorkerStep.Run(job.Job, slot.Number, ahead));
        if (job.Stage == HeldJob.LocalStage.Running && job.LimitAt is { } limit)
            context.WakeBy(limit);
    }

    private void StartBatch(MethodShape method, int size, Slot slot, StepContext context)
    {
        var jobs = book.Waiting.Where(job => job.Method == method).Take(size).ToList();
        Occupy(slot, method, jobs.Count, context.Now);
        foreach (var job in jobs)
        {
            book.Assign(job, slot, context, ahead: false);
            if (job.LimitAt is { } limit)
                context.WakeBy(limit);
        }
        context.Add(new WorkerStep.RunBatch([.. jobs.Select(job => job.Job)], slot.Number));
    }

    /// <summary>
    /// Returns the number of waiting jobs with which a batch starts now; 0 if its first job is still waiting for
    /// others. Suspects do not wait for other jobs.
    /// </summary>
    private int BatchSize(HeldJob first, StepContext context)
    {
        var at = first.TakenAt + first.Method.Shape.MaxWait;
        var waiting = book.Waiting.Count(job => job.Method == first.Method);
        var size = BatchRule.SizeOf(first.Method.Shape, waiting, isDue: book.HasSuspects || context.Now >= at);
        if (size == 0)
            context.WakeBy(at);
        return size;
    }

    /// <summary>
    /// Returns the least busy slot that accepts a job of this method; null if there is none. A free slot accepts the
    /// job only if enough slots are free for a call of the method.
    /// </summary>
    private Slot? SlotFor(MethodShape method, Elapsed now)
    {
        var hasFree = HasFreeSlotsFor(method);
        return _slots.Where(slot => slot.IsFree ? hasFree : slot.CapacityFor(method, now) > 0).MinBy(slot => slot.Jobs);
    }

    private bool HasFreeSlotsFor(MethodShape method) =>
        method.Slots == 1 || _slots.Count(slot => slot.IsFree) >= method.Slots;

    private void Occupy(Slot slot, MethodShape method, int jobs, Elapsed now)
    {
        if (slot.IsFree && method.Slots > 1)
            foreach (var other in _slots.Where(other => other != slot && other.IsFree).Take(method.Slots - 1).ToList())
                slot.Join(other);
        slot.Add(method, jobs, now);
    }

    /// <summary>Abandons everything: releases waiting and running jobs and cancels the running methods.</summary>
    public void Abandon(StepContext context)
    {
        Close(context);
        foreach (var job in book.JobsInSlots())
        {
            deadlines.Cancel(job, job.KindIfAbandoned, StopReason.None, context);
            // No outcome is reported for an exclusive job before its method has returned. Otherwise, another worker
            // could start the job while this attempt is still running.
            if (!job.Exclusive)
                book.Finish(job, new Outcome { Kind = job.StopRequested!.Value.As });
        }
    }
}
