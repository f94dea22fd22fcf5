using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// The current incarnation of a worker name: its capacity, its leases, and its open exchange (R6–R9).
/// </summary>
internal sealed class Worker(LeaseHolder identity, string pool, Instant joined, Elapsed lastSeen)
{
    public LeaseHolder Identity { get; } = identity;

    public string Pool { get; } = pool;

    public Instant Joined { get; } = joined;

    public int Slots { get; set; }

    public int Prefetch { get; set; }

    /// <summary>The method versions it offers.</summary>
    public List<(Method Method, int Version)> Offers { get; } = [];

    /// <summary>
    /// The hardware or runtime used for each offered method, for display. Contains only methods that report one.
    /// </summary>
    public Dictionary<MethodRef, string> RuntimeInfo { get; } = [];

    /// <summary>
    /// The worker's capacity at its last claim. The leases it holds fit this value even if it has since reported a
    /// smaller capacity.
    /// </summary>
    public int CapacityAtGrant { get; set; }

    /// <summary>
    /// When its last message was applied. All its leases expire if no further message arrives within one lease (R8).
    /// </summary>
    public Elapsed LastSeen { get; set; } = lastSeen;

    /// <summary>
    /// The worker has sent a message since this broker was loaded. Otherwise its expired leases do not count as lost
    /// (R10).
    /// </summary>
    public bool SeenSinceLoad { get; set; }

    /// <summary>
    /// No message arrived for one lease, so its leases expired. It gets a job back only by listing it before another
    /// worker claims it (R11).
    /// </summary>
    public bool Unresponsive { get; set; }

    /// <summary>The running jobs that this incarnation holds.</summary>
    public HashSet<Job> HeldJobs { get; } = [];

    /// <summary>When it last held a job, or when it joined.</summary>
    public Elapsed LastBusy { get; set; } = lastSeen;

    /// <summary>The number of the last applied exchange; 0 if unknown, as after a restart.</summary>
    public long LastExchangeNumber { get; set; }

    /// <summary>The exchange that is waiting for its reply; null if none is open.</summary>
    public OpenExchange? OpenExchange { get; set; }

    /// <summary>The worker reported that it accepts no more jobs.</summary>
    public bool Draining { get; set; }

    /// <summary>The server asked the worker to drain.</summary>
    public bool DrainRequested { get; set; }

    /// <summary>Why the worker was instructed to terminate; null if it was not.</summary>
    public string? TerminateReason { get; set; }

    public InstructionTracker Instructions { get; } = new();

    /// <summary>Listed leases that the worker no longer holds and was instructed to stop.</summary>
    public HashSet<LeaseToken> Revoked { get; private set; } = [];

    /// <summary>
    /// Stores the revoked leases of the latest list. Returns true if the set contains a lease that was not revoked
    /// before.
    /// </summary>
    public bool SetRevoked(HashSet<LeaseToken> revoked)
    {
        var news = !revoked.IsSubsetOf(Revoked);
        Revoked = revoked;
        return news;
    }

    /// <summary>Number of further leases the worker can receive (R7).</summary>
    public int Credit =>
        Draining || DrainRequested || TerminateReason is not null || Suspects.Count > 0
            ? 0
            : Math.Min(Slots + Prefetch, Limits.LeasesPerWorker) - HeldJobs.Count;

    /// <summary>
    /// The suspects among the jobs it holds. While there is one, the worker receives no further lease (R10). There can
    /// be more than one only if several were resumed.
    /// </summary>
    public HashSet<Job> Suspects { get; } = [];

    /// <summary>Slots without a job. These are filled before the prefetch of any worker.</summary>
    public int FreeSlots => Math.Min(Credit, Slots - HeldJobs.Count);
}

/// <summary>An exchange that has not been answered yet.</summary>
internal sealed class OpenExchange(RequestId requestId, long number, Elapsed until, bool urgent)
{
    public RequestId RequestId { get; } = requestId;

    public long Number { get; } = number;

    /// <summary>When the wait expires and an empty reply is sent.</summary>
    public Elapsed Until { get; } = until;

    /// <summary>The reply must be sent as soon as the batch is durable (R6, R7).</summary>
    public bool Urgent { get; } = urgent;

    public IReadOnlyList<(LeaseToken Lease, AckStatus Verdict)> Acks { get; init; } = [];

    public IReadOnlyList<LeaseToken> Revoked { get; init; } = [];

    /// <summary>At least one lease was granted to this exchange.</summary>
    public bool Granted { get; set; }

    /// <summary>Total size of the bodies and parameters granted to this exchange, in bytes.</summary>
    public long GrantedBytes { get; set; }
}
