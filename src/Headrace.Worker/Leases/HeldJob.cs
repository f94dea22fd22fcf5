using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker.Leases;

/// <summary>A lease that was received and whose outcome is not yet acknowledged.</summary>
internal sealed class HeldJob
{
    public HeldJob(LeasedJob job, Instant received, Elapsed taken, Offer? offer, MethodShape method)
    {
        (Job, Received, Taken, Method) = (job, received, taken, method);
        FailWhenLost = offer?.OnLost == OnLost.Fail;
        Node = new LinkedListNode<HeldJob>(this);
    }

    public enum Stage
    {
        /// <summary>Waits for a slot.</summary>
        Waiting,

        /// <summary>In the hands of a method, which has not begun it: it can still be taken back.</summary>
        Handed,

        Running,

        /// <summary>Has an outcome that waits for its acknowledgement.</summary>
        Finished,
    }

    public LeasedJob Job { get; }

    public LeaseToken Lease => Job.Lease;

    /// <summary>Its place in the list of its stage.</summary>
    public LinkedListNode<HeldJob> Node { get; }

    public Instant Received { get; }

    public Elapsed Taken { get; }

    public MethodShape Method { get; }

    /// <summary>Where it is computed; null before.</summary>
    public Seat? Seat { get; set; }

    /// <summary>It is in a method's hands.</summary>
    public bool InHand => Now is Stage.Handed or Stage.Running;

    /// <summary>Its method was asked to give it back, if it has not begun it.</summary>
    public bool AskedBack { get; set; }

    public Stage Now { get; set; }

    /// <summary>A second run would do harm (R11).</summary>
    public bool FailWhenLost { get; }

    /// <summary>
    /// Two attempts must never run at once: no outcome is told, and no lease let go, while this one may still run
    /// (R11).
    /// </summary>
    public bool Exclusive => Method.Exclusive;

    /// <summary>
    /// How an attempt ends that is stopped for no fault of its own and no wish of the broker: it goes back, or it is
    /// lost where it must not run again.
    /// </summary>
    public Kind LetGo => FailWhenLost && InHand ? Kind.Lost : Kind.Released;

    /// <summary>
    /// Exclusive, and deaf to its cancellation: it ends with its process, which is the only word about it.
    /// </summary>
    public bool EndsWithProcess { get; set; }

    /// <summary>When it came into a method's hands.</summary>
    public Elapsed Handed { get; set; }

    public Elapsed Started { get; set; }

    public bool StartTold { get; set; }

    /// <summary>When the method's token was cancelled, and how its attempt then ends; null while it was not.</summary>
    public (Elapsed At, Kind As)? Stopping { get; set; }

    /// <summary>
    /// The lease belongs to somebody else by now: its work is stopped, it is not listed, its outcome is nobody's
    /// business.
    /// </summary>
    public bool Disowned { get; set; }

    public Progress? Progress { get; set; }

    public bool ProgressTold { get; set; } = true;

    public byte[]? Log { get; set; }

    public bool LogTold { get; set; } = true;

    public Outcome? Outcome { get; set; }

    /// <summary>When its time limit ends; null without one.</summary>
    public Elapsed? LimitAt => Job.TimeLimit is { } limit ? Started + limit.ToTimeSpan() : null;
}
