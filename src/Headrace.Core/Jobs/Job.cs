using Headrace.Core.Queues;

namespace Headrace.Core.Jobs;

/// <summary>An unfinished job in the broker's memory. Only <see cref="Lifecycle"/> changes its state.</summary>
internal sealed class Job(JobId id, JobSpec spec)
{
    public readonly JobId Id = id;
    public readonly JobSpec Spec = spec;

    /// <summary>
    /// The mutable columns of the job. This is a field rather than a property, so that its members can be set in place.
    /// </summary>
    public JobStatus Status;

    /// <summary>
    /// The job's lane, its index in the lane, and whether it is in the lane's FIFO or its heap. Valid while the job is
    /// ready.
    /// </summary>
    public Lane? Lane;
    public int Index;
    public bool InFifo;

    /// <summary>True from the job's first change in a batch until that batch is finished.</summary>
    public bool Dirty;

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

    public LeaseToken Lease => new(Id, Status.Attempt);

    public JobRow ToRow() => new(Id, Spec, Status) { Progress = RunningAttempt?.Progress };
}

/// <summary>The progress that a running attempt reports.</summary>
internal sealed record Progress(double Fraction, string? Text);

/// <summary>
/// The back-off of an incarnation that released a job: the job is not assigned to it again before
/// <paramref name="Until"/>. The delay doubles with each release.
/// </summary>
internal readonly record struct WorkerBackoff(Incarnation Incarnation, Elapsed Until, TimeSpan Delay);
