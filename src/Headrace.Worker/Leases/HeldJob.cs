using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker.Leases;

/// <summary>Represents a lease that was received and whose outcome is not yet acknowledged.</summary>
internal sealed class HeldJob
{
    public HeldJob(LeasedJob job, Instant received, Elapsed taken, Offer? offer, MethodShape method)
    {
        (Job, ReceivedAt, TakenAt, Method) = (job, received, taken, method);
        FailWhenLost = offer?.OnLost == OnLost.Fail;
        Node = new LinkedListNode<HeldJob>(this);
    }

    public enum LocalStage
    {
        /// <summary>The job is waiting for a slot.</summary>
        Waiting,

        /// <summary>
        /// The job is assigned to a slot, but its method has not started it. It can still be recalled.
        /// </summary>
        Assigned,

        Running,

        /// <summary>The job has an outcome that is not yet acknowledged.</summary>
        Finished,
    }

    public LeasedJob Job { get; }

    public LeaseToken Lease => Job.Lease;

    /// <summary>Gets this job's node in the list for its stage.</summary>
    public LinkedListNode<HeldJob> Node { get; }

    public Instant ReceivedAt { get; }

    public Elapsed TakenAt { get; }

    public MethodShape Method { get; }

    /// <summary>Gets or sets the slot that the job is assigned to; null if there is none.</summary>
    public Slot? Slot { get; set; }

    /// <summary>Gets a value indicating whether the job is assigned or running.</summary>
    public bool IsInSlot => Stage is LocalStage.Assigned or LocalStage.Running;

    /// <summary>
    /// Gets or sets a value indicating whether a recall was requested. It takes effect only if the method has not
    /// started the job.
    /// </summary>
    public bool RecallRequested { get; set; }

    public LocalStage Stage { get; set; }

    /// <summary>Gets a value indicating whether the job must not run again after this attempt is lost (R11).</summary>
    public bool FailWhenLost { get; }

    /// <summary>
    /// Gets a value indicating whether two attempts must never run at the same time. While this attempt may still run,
    /// no outcome is reported and the lease is not released (R11).
    /// </summary>
    public bool Exclusive => Method.Exclusive;

    /// <summary>
    /// Gets the outcome of an attempt that is stopped for a reason other than its own failure or a stop request from
    /// the broker: released, or lost if the job must not run again.
    /// </summary>
    public Kind KindIfAbandoned => FailWhenLost && IsInSlot ? Kind.Lost : Kind.Released;

    /// <summary>
    /// Gets or sets a value indicating whether the job is exclusive and has ignored its cancellation. Such a job ends
    /// together with the process. No outcome is sent for it; the server detects its end when the process exits.
    /// </summary>
    public bool EndsWithProcess { get; set; }

    /// <summary>Gets or sets the time at which the job was assigned to its slot.</summary>
    public Elapsed AssignedAt { get; set; }

    public Elapsed StartedAt { get; set; }

    /// <summary>Gets or sets when the attempt started, by the clock of this machine.</summary>
    public Instant StartedWall { get; set; }

    public bool StartReported { get; set; }

    /// <summary>
    /// Gets or sets the time at which the method's cancellation token was cancelled, and the resulting outcome of the
    /// attempt; null if cancellation has not been requested.
    /// </summary>
    public (Elapsed At, Kind As)? StopRequested { get; set; }

    /// <summary>
    /// Gets or sets the time at which the executor was asked to kill the execution; null if it was not.
    /// </summary>
    public Elapsed? KillRequestedAt { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the lease no longer belongs to this worker. A revoked job is stopped and
    /// no longer listed in exchanges, and its outcome is discarded.
    /// </summary>
    public bool Revoked { get; set; }

    public Progress? Progress { get; set; }

    public bool ProgressReported { get; set; } = true;

    public byte[]? Log { get; set; }

    public bool LogReported { get; set; } = true;

    public Outcome? Outcome { get; set; }

    /// <summary>Gets the time at which the time limit expires; null without a limit.</summary>
    public Elapsed? LimitAt => Job.TimeLimit is { } limit ? StartedAt + limit.ToTimeSpan() : null;
}
