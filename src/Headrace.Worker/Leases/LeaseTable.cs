using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Leases;

/// <summary>
/// Contains the leases of a worker, from the reply that granted them to the acknowledgement of their outcomes. It
/// determines which job runs next, which leases an exchange lists, and which outcomes a message contains (R6). A lease
/// leaves the table when its outcome is acknowledged, or when the broker revokes it.
/// </summary>
internal sealed class LeaseTable(OfferedMethods methods)
{
    private readonly Dictionary<LeaseToken, HeldJob> _jobs = [];

    // Each job is in the list for its stage, so that the cost of a wake-up depends on the changes and not on the number
    // of leases. A revoked job that a method already started stays in its list until the method returns.
    private readonly LinkedList<HeldJob> _waiting = [];
    private readonly LinkedList<HeldJob> _assigned = [];
    private readonly LinkedList<HeldJob> _running = [];
    private readonly LinkedList<HeldJob> _unsent = [];
    private readonly Dictionary<long, LinkedList<HeldJob>> _attached = [];

    // Assigned or running jobs that are being stopped or may have to be stopped. Every wake-up checks their deadlines.
    private readonly HashSet<HeldJob> _watched = [];

    // The number of isolated jobs in the table. The table is searched for them only if this number is not 0.
    private int _isolatedCount;

    /// <summary>
    /// Gets a value indicating whether the broker expects no further outcomes from this worker. Revoked jobs may still
    /// be stopping, and some jobs may end with the process.
    /// </summary>
    public bool IsEmpty => _jobs.Values.All(job => job.Revoked || job.EndsWithProcess);

    /// <summary>Gets the number of jobs that are assigned or running.</summary>
    public int InSlotCount => _assigned.Count + _running.Count;

    public LinkedList<HeldJob> Running => _running;

    /// <summary>
    /// Gets the assigned or running jobs that have a time limit, a stop request, or a lease that they must not outlive.
    /// </summary>
    public IReadOnlyCollection<HeldJob> Watched => _watched;

    /// <summary>Gets a value indicating whether any job that is not a suspect is assigned or running.</summary>
    public bool AnyInSlotButSuspects => _assigned.Any(IsNoSuspect) || _running.Any(IsNoSuspect);

    /// <summary>Returns a snapshot of the jobs that are assigned or running.</summary>
    public List<HeldJob> JobsInSlots() => [.. _assigned, .. _running];

    /// <summary>Gets the jobs that are waiting for a slot, with the longest wait first.</summary>
    public IEnumerable<HeldJob> Waiting => _waiting;

    public LinkedListNode<HeldJob>? FirstWaiting => _waiting.First;

    public bool AnyWaiting => _waiting.Count > 0;

    /// <summary>Gets a value indicating whether there is an outcome that no message in flight contains.</summary>
    public bool AnyUnsent => _unsent.Count > 0;

    /// <summary>
    /// Gets a value indicating whether the table contains suspects that have not ended. If there are several, they were
    /// granted as a group and run together, but without any other job (R10).
    /// </summary>
    public bool HasSuspects =>
        _isolatedCount > 0 && _jobs.Values.Any(job => job.Job.Isolated && job.Stage != HeldJob.LocalStage.Finished);

    public HeldJob? Find(LeaseToken lease) => _jobs.GetValueOrDefault(lease);

    /// <summary>Adds a received lease. Returns null when the table already contains it.</summary>
    public HeldJob? Add(LeasedJob job, Instant received, Elapsed taken)
    {
        var (offer, method) = methods.Find(new MethodRef(new MethodName(job.Method), (int)job.Version));
        var held = new HeldJob(job, received, taken, offer, method);
        if (!_jobs.TryAdd(held.Lease, held))
            return null;
        if (job.Isolated)
            _isolatedCount++;
        _waiting.AddLast(held.Node);
        return held;
    }

    /// <summary>
    /// Assigns a waiting job to a slot. A method that is called for each job starts it immediately; a job assigned in
    /// advance starts when its method reports the start.
    /// </summary>
    public void Assign(HeldJob job, Slot slot, StepContext context, bool ahead)
    {
        (job.Slot, job.Stage, job.AssignedAt) = (slot, HeldJob.LocalStage.Assigned, context.Now);
        Move(job, _assigned);
        if (job.Exclusive)
            _watched.Add(job);
        if (!ahead)
            MarkRunning(job, context);
    }

    /// <summary>Marks a job as running.</summary>
    public void MarkRunning(HeldJob job, StepContext context)
    {
        (job.Stage, job.StartedAt, job.StartReported) = (HeldJob.LocalStage.Running, context.Now, false);
        job.StartedWall = context.Wall;
        Move(job, _running);
        if (job.LimitAt is not null)
            _watched.Add(job);
    }

    /// <summary>
    /// Moves a job that was assigned in advance but has not started back to the head of the local queue.
    /// </summary>
    public void ReturnToQueue(HeldJob job)
    {
        job.Slot!.Remove();
        (job.Slot, job.Stage, job.RecallRequested) = (null, HeldJob.LocalStage.Waiting, false);
        job.Node.List!.Remove(job.Node);
        _waiting.AddFirst(job.Node);
    }

    /// <summary>Records that a job was asked to stop, and watches the job until it has ended.</summary>
    public void MarkStopping(HeldJob job, Elapsed now, Kind kind)
    {
        job.StopRequested = (now, kind);
        _watched.Add(job);
    }

    /// <summary>Sets the outcome of a job. The first outcome wins.</summary>
    public void Finish(HeldJob job, Outcome outcome)
    {
        if (job.Stage == HeldJob.LocalStage.Finished)
            return;
        if (_watched.Count > 0)
            _watched.Remove(job);
        job.Slot?.Remove();
        (job.Stage, job.Slot) = (HeldJob.LocalStage.Finished, null);
        outcome.Lease = job.Lease;
        outcome.Metrics ??= new OutcomeMetrics();
        outcome.Metrics.Received = WireTime.Of(job.ReceivedAt);
        job.Outcome = outcome;
        if (job.Revoked)
            Remove(job);
        else
            Move(job, _unsent);
    }

    /// <summary>
    /// Releases all jobs that have not started. Jobs that are assigned to a slot are recalled, because a method may
    /// have just started them.
    /// </summary>
    public void ReleaseWaiting(StepContext context) => ReleaseWaiting(static _ => true, context);

    /// <summary>Releases all jobs that have not started, except suspects.</summary>
    public void ReleaseWaitingExceptSuspects(StepContext context) =>
        ReleaseWaiting(static job => !job.Job.Isolated, context);

    private void ReleaseWaiting(Predicate<HeldJob> isReleased, StepContext context)
    {
        for (var next = _waiting.First; next is not null;)
        {
            var job = next.Value;
            next = next.Next;
            if (isReleased(job))
                Finish(job, new Outcome { Kind = Kind.Released });
        }
        foreach (var job in _assigned)
            if (isReleased(job))
                RequestRecall(job, context);
    }

    /// <summary>
    /// Returns the time at which the oldest unstarted job of a slot was assigned; null when the slot has no such job.
    /// </summary>
    public Elapsed? AssignedSince(Slot slot)
    {
        // The list is in the order of assignment.
        foreach (var job in _assigned)
            if (job.Slot == slot)
                return job.AssignedAt;
        return null;
    }

    /// <summary>
    /// Recalls the unstarted jobs of a slot, last one first, so that they return to the head of the local queue in
    /// their original order.
    /// </summary>
    public void RequestRecall(Slot slot, StepContext context)
    {
        for (var at = _assigned.Last; at is not null; at = at.Previous)
            if (at.Value.Slot == slot)
                RequestRecall(at.Value, context);
    }

    private static void RequestRecall(HeldJob job, StepContext context)
    {
        if (job.RecallRequested)
            return;
        job.RecallRequested = true;
        context.Add(new WorkerStep.Recall(job.Lease));
    }

    /// <summary>
    /// Removes a finished job whose outcome was acknowledged. The broker has recorded the outcome, had already recorded
    /// an outcome, or has dropped it. In all three cases, the lease is complete (R6).
    /// </summary>
    public void Acknowledge(LeaseToken lease)
    {
        if (_jobs.TryGetValue(lease, out var job) && job.Stage == HeldJob.LocalStage.Finished)
            Remove(job);
    }

    /// <summary>Handles a revoked lease. Returns true when its job is running and must be stopped.</summary>
    public bool Revoke(HeldJob job)
    {
        // A finished job stays in the table until its outcome is acknowledged, because the lease list that the broker
        // compared may be older than the outcome.
        if (job.Stage == HeldJob.LocalStage.Finished || job.Revoked)
            return false;
        job.Revoked = true;
        if (job.IsInSlot)
            return true;
        Remove(job);
        return false;
    }

    /// <summary>Adds all held leases to an exchange.</summary>
    public void AddLeases(ExchangeRequest request)
    {
        request.LeasesHeld.EnsureCapacity(_jobs.Count);
        foreach (var job in _jobs.Values)
        {
            if (job.Revoked)
                continue;
            request.LeasesHeld.Add(ToHeldLease(job));
            (job.StartReported, job.ProgressReported) = (true, true);
        }
    }

    /// <summary>
    /// Adds changes to a report: starts that are old enough to be reported and, if requested, progress.
    /// </summary>
    public void AddChanges(ExchangeRequest request, Elapsed startedBefore, bool withProgress)
    {
        foreach (var job in _running)
        {
            if (job.Revoked)
                continue;
            if ((job.StartReported || job.StartedAt > startedBefore) && (job.ProgressReported || !withProgress))
                continue;
            request.LeasesHeld.Add(ToHeldLease(job));
            (job.StartReported, job.ProgressReported) = (true, true);
        }
    }

    /// <summary>Attaches unsent outcomes with their logs to a message, up to the size limits of a message.</summary>
    public void AttachOutcomes(ExchangeRequest request, long message)
    {
        if (_unsent.Count == 0)
            return;
        request.Outcomes.EnsureCapacity(Math.Min(_unsent.Count, WorkerRules.MaxMessageOutcomes));
        var carried = _attached[message] = [];
        var bytes = 0;
        while (_unsent.First?.Value is { } job)
        {
            bytes += job.Outcome!.Result.Length + (job.Log?.Length ?? 0) + 128;
            if (
                request.Outcomes.Count >= WorkerRules.MaxMessageOutcomes
                || (bytes > WorkerRules.MaxMessageBytes && request.Outcomes.Count > 0)
            )
                return;
            request.Outcomes.Add(job.Outcome);
            if (job.Log is not null)
                request.Logs.Add(new LogLines(job.Lease, job.Log));
            Move(job, carried);
        }
    }

    /// <summary>Attaches the changed logs of running jobs to a message. Returns true if any log has changed.</summary>
    public bool AttachLogs(ExchangeRequest request)
    {
        var any = false;
        var bytes = 0;
        foreach (var job in _running)
        {
            if (job.Revoked || job.LogReported)
                continue;
            bytes += job.Log!.Length;
            if (bytes > WorkerRules.MaxMessageBytes)
                return true;
            request.Logs.Add(new LogLines(job.Lease, job.Log));
            any = job.LogReported = true;
        }
        return any;
    }

    /// <summary>
    /// Detaches the outcomes of a message that was answered or failed. Outcomes that were not acknowledged are sent
    /// again, before newer ones.
    /// </summary>
    public void Detach(long message, bool answered)
    {
        if (_attached.Remove(message, out var carried))
        {
            while (carried.Last is { } last)
            {
                carried.Remove(last);
                _unsent.AddFirst(last);
            }
        }
        if (answered)
            return;
        foreach (var job in _running)
            (job.StartReported, job.LogReported) = (false, job.Log is null);
    }

    private void Remove(HeldJob job)
    {
        if (!_jobs.Remove(job.Lease))
            return;
        job.Node.List?.Remove(job.Node);
        if (job.Job.Isolated)
            _isolatedCount--;
    }

    private static bool IsNoSuspect(HeldJob job) => !job.Job.Isolated;

    private static void Move(HeldJob job, LinkedList<HeldJob> to)
    {
        job.Node.List?.Remove(job.Node);
        to.AddLast(job.Node);
    }

    private static HeldLease ToHeldLease(HeldJob job) =>
        new(
            job.Lease,
            job.Stage == HeldJob.LocalStage.Running || job.Outcome?.Metrics?.Started is not null,
            job.Stage == HeldJob.LocalStage.Finished,
            job.Progress,
            job.Stage == HeldJob.LocalStage.Running ? WireTime.Of(job.StartedWall) : null
        );
}
