using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;

namespace Headrace.Core;

/// <summary>
/// An event that the server logs and counts once the batch is durable. It is not part of any response.
/// </summary>
internal abstract record Effect
{
    public sealed record WorkerJoined(LeaseHolder Worker, string Pool) : Effect;

    /// <summary>
    /// A worker was removed or its leases expired. <paramref name="Leases"/> is the number of leases it held.
    /// </summary>
    public sealed record WorkerDisconnected(LeaseHolder Worker, string Reason, int Leases) : Effect;

    /// <summary>A worker receives no more jobs: the server asked it to exit, or it has started to exit.</summary>
    public sealed record WorkerDraining(LeaseHolder Worker) : Effect;

    public sealed record WorkerRejected(LeaseHolder Worker, string Reason) : Effect;

    /// <summary>
    /// A worker's offer of a method was refused, for example because its schema differs from the stored one. The worker
    /// still runs jobs of its other methods.
    /// </summary>
    public sealed record OfferRefused(LeaseHolder Worker, MethodRef Method, string Reason) : Effect;

    /// <summary>
    /// A job was submitted or changed state. <paramref name="Job"/> contains the new state; the old one is
    /// <see cref="JobState.None"/> for a new job. A job that was submitted and claimed in one batch is reported once,
    /// as running. For an ended job, <see cref="Ended"/> is also set. The new state of a removed child is
    /// <see cref="JobState.None"/>.
    /// </summary>
    public sealed record JobMoved(JobRow Job, JobState From, Instant At) : Effect
    {
        public DoneRow? Ended { get; init; }
    }

    /// <summary>A waiting job moved from a queue to the one in the row, in the same state.</summary>
    public sealed record JobChangedQueue(JobRow Job, QueueName From, Instant At) : Effect;

    /// <summary>The settings of a queue changed, for example because it was paused.</summary>
    public sealed record QueueChanged(QueueName Queue, QueueSettings Before, QueueSettings After) : Effect;

    /// <summary>A worker reported the progress of a running job. The row contains the progress.</summary>
    public sealed record JobProgressed(JobRow Job, Instant At) : Effect;

    /// <summary>A worker sent the log of a running job. The log itself is in the store.</summary>
    public sealed record JobLogged(JobRow Job, Instant At) : Effect;

    public sealed record JobFailed(JobId Job, MethodName Method, FailReason Reason, string? Message) : Effect;

    /// <summary>
    /// The shard made no progress for a long time, because the machine was suspended or the store accepted no commits.
    /// All leases and waits were extended by <paramref name="Extension"/> (R20).
    /// </summary>
    public sealed record Stalled(TimeSpan Extension) : Effect;

    /// <summary>One command changed these registry documents, or all documents were loaded.</summary>
    public sealed record RegistryChanged(IReadOnlyList<RegistryChange> Changes) : Effect;

    /// <summary>
    /// The wall clock stepped forward by more than a day, and deadlines ignore the step until it is confirmed.
    /// <paramref name="Step"/> is null if the step has now been confirmed or undone (R20).
    /// </summary>
    public sealed record ClockStepped(ClockStep? Step) : Effect;
}
