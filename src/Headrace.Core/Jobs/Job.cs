using Headrace.Core.Queues;

namespace Headrace.Core.Jobs;

/// <summary>An unfinished job in the broker's memory. Only <see cref="Lifecycle"/> changes its state.</summary>
internal sealed class Job(JobId id, JobSpec spec)
{
    public readonly JobId Id = id;

    /// <summary>
    /// The job as submitted. Afterwards, only a sweep changes it, and only its queue and priority; see
    /// <see cref="Lifecycle.Requeue"/>.
    /// </summary>
    public JobSpec Spec = spec;

    /// <summary>
    /// The mutable columns of the job. This is a field rather than a property, so that its members can be set in place.
    /// </summary>
    public JobStatus Status;

    /// <summary>The job's lane, its section of the lane, and its index there. Valid while the job is ready.</summary>
    public Lane? Lane;
    public int Index;
    public LaneSection Section;

    /// <summary>The position of the job's lease in the reply that granted it; 0 after a restart (R19).</summary>
    public int GrantIndex;

    /// <summary>
    /// The expired lease whose holder can still resume the attempt; null if there is none. Only a ready job has one.
    /// </summary>
    public RetainedLease? RetainedLease;

    /// <summary>True from the job's first change in a batch until that batch is finished.</summary>
    public bool Dirty;

    /// <summary>
    /// The state before the first transition that the current batch has yet to report; null if there is none.
    /// </summary>
    public JobState? MovedFrom;

    /// <summary>True once a finished batch contains the job's row.</summary>
    public bool Stored;

    /// <summary>
    /// The incarnations that released the job, each with its back-off (R10); null if no worker released it.
    /// </summary>
    public List<WorkerBackoff>? Backoffs;

    /// <summary>
    /// The last attempt whose outcome was recorded, used to distinguish a repeated outcome from one that must be
    /// dropped.
    /// </summary>
    public int LastRecordedAttempt;

    /// <summary>
    /// State that exists only while an attempt is running; null otherwise. It is a separate object because most jobs in
    /// memory are waiting, and there can be a million of them.
    /// </summary>
    public RunningAttempt? RunningAttempt;

    /// <summary>
    /// True if the end of the job would change only the state in its stored row: the batch has not changed the job
    /// before, and no attempt or lease ends with it.
    /// </summary>
    public bool EndChangesOnlyState => Stored && !Dirty && Status.State != JobState.Running && RetainedLease is null;

    public LeaseToken Lease => new(Id, Status.Attempt);

    /// <summary>Number of the holder's slots that the running attempt occupies.</summary>
    public int OccupiedSlots => RunningAttempt?.Slots ?? 1;

    /// <summary>
    /// True if the job must not be assigned to some workers, because it must run in isolation or a worker released it
    /// (R10).
    /// </summary>
    public bool IsRestricted => Status.Isolated || Backoffs is not null;

    public bool IsBackedOff(Incarnation worker, Elapsed now)
    {
        if (Backoffs is null)
            return false;
        foreach (var backoff in Backoffs)
            if (backoff.Incarnation == worker && backoff.Until > now)
                return true;
        return false;
    }

    /// <summary>Compares two jobs by serving order: priority, scheduled time, id (R19).</summary>
    public static int CompareServiceOrder(Job a, Job b)
    {
        if (a.Spec.Priority != b.Spec.Priority)
            return b.Spec.Priority.CompareTo(a.Spec.Priority);
        return a.Spec.ScheduledAt != b.Spec.ScheduledAt
            ? a.Spec.ScheduledAt.CompareTo(b.Spec.ScheduledAt)
            : a.Id.CompareTo(b.Id);
    }

    public JobRow ToRow()
    {
        var row = new JobRow(Id, Spec, Status)
        {
            Progress = RunningAttempt?.Progress,
            LatestSubmission = RunningAttempt?.Children?.Latest,
            Started = RunningAttempt?.StartedAt,
        };
        return RetainedLease is not { } lease
            ? row
            : row with
            {
                Status = Status with { Holder = lease.Holder, ReservedBytes = lease.ReservedBytes },
            };
    }
}

/// <summary>The progress that a running attempt reports.</summary>
internal sealed record Progress(double Fraction, string? Text);

/// <summary>
/// The back-off of an incarnation that released a job: until <paramref name="Until"/>, the job is not assigned to it
/// again. The delay doubles with each release.
/// </summary>
internal readonly record struct WorkerBackoff(Incarnation Incarnation, Elapsed Until, TimeSpan Delay);
