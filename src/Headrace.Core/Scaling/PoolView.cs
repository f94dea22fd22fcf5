namespace Headrace.Core.Scaling;

/// <summary>A pool as seen by the scaling rule. A pool without a method list serves all methods.</summary>
internal sealed record PoolView(
    string Name,
    IReadOnlyList<MethodName> Methods,
    ScalingPolicy Policy,
    IReadOnlyList<MemberView> Members
)
{
    /// <summary>
    /// The methods that a newly started worker would offer; null if unknown. Until a worker has joined, new workers are
    /// assumed to offer every method that the pool serves.
    /// </summary>
    public IReadOnlyList<MethodRef>? NewWorkerOffers { get; init; }

    /// <summary>Number of slots that a newly started worker would have; null if unknown.</summary>
    public int? NewWorkerSlots { get; init; }

    /// <summary>True if the methods of the pool's program become known only when a worker joins.</summary>
    public bool MustLearn { get; init; }

    public bool Serves(MethodName method) => Methods.Count == 0 || Methods.Contains(method);

    /// <summary>True if a new worker may offer this method. Version 0 matches any version.</summary>
    public bool WouldOffer(MethodRef method) =>
        NewWorkerOffers?.Any(offer => MemberView.Matches(offer, method)) ?? true;

    /// <summary>True if a new worker would have enough slots for a job from this lane, as far as is known.</summary>
    public bool WouldHaveSlotsFor(DemandView lane) => lane.SlotsPerJob <= (NewWorkerSlots ?? lane.SlotsPerJob);
}

/// <summary>A worker of a pool, or a worker that could not be started yet.</summary>
/// <param name="State">The state of the worker.</param>
/// <param name="Duration">
/// For an idle worker, the time since it last held a job; for a starting or failing worker, the time since its start
/// was requested.
/// </param>
/// <param name="Offers">
/// The methods that the worker offers; null until it reports them. Until then, it is assumed to offer every method that
/// its pool serves.
/// </param>
/// <param name="Slots">Number of slots of the worker; null until it reports them.</param>
internal readonly record struct MemberView(
    MemberState State,
    TimeSpan Duration,
    IReadOnlyList<MethodRef>? Offers = null,
    int? Slots = null
)
{
    /// <summary>True if the worker can run the jobs in the lane: it offers their method and has enough slots.</summary>
    public bool CanRun(DemandView lane) =>
        (Offers?.Any(offer => Matches(offer, lane.Method)) ?? true) && lane.SlotsPerJob <= (Slots ?? lane.SlotsPerJob);

    /// <summary>True if the offer is for the requested method. Version 0 matches any version.</summary>
    public static bool Matches(MethodRef offer, MethodRef method) =>
        offer.Name == method.Name && (method.Version == 0 || offer.Version == method.Version);
}

internal enum MemberState
{
    /// <summary>The worker was requested but has not joined yet. It counts as capacity.</summary>
    Starting,

    /// <summary>The worker crashed or could not be started, and the provider waits before the next attempt.</summary>
    Failing,

    /// <summary>The worker has joined and holds no job.</summary>
    Idle,

    Busy,

    /// <summary>The worker is finishing its jobs and will then exit.</summary>
    Leaving,

    /// <summary>The worker joined but stopped responding. It may or may not reconnect.</summary>
    Unresponsive,
}

/// <summary>The scaling decision for a pool, with its reason.</summary>
/// <param name="Pool">The name of the pool.</param>
/// <param name="Start">Number of workers to start.</param>
/// <param name="Drain">Members to drain, by their index in the view.</param>
/// <param name="Reason">
/// The reason, in one or more sentences. The public wording names no queue, for callers who are not permitted to see
/// every queue.
/// </param>
internal sealed record ScalingAction(string Pool, int Start, IReadOnlyList<int> Drain, Reason Reason)
{
    public bool IsChange => Start > 0 || Drain.Count > 0;
}
