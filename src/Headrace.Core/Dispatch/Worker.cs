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

    /// <summary>The method versions that the worker offers.</summary>
    public List<(Method Method, int Version)> Offers { get; } = [];

    /// <summary>
    /// The hardware or runtime used for each offered method, for display. Contains only methods that report one.
    /// </summary>
    public Dictionary<MethodRef, string> RuntimeInfo { get; } = [];

    /// <summary>
    /// The worker's capacity at its last claim. The number of leases it holds does not exceed this value, even if the
    /// worker has since reported a smaller capacity.
    /// </summary>
    public int CapacityAtGrant { get; set; }

    /// <summary>
    /// When the worker's last message arrived. All its leases expire if no further message arrives within one lease
    /// period (R8).
    /// </summary>
    public Elapsed LastSeen { get; private set; } = lastSeen;

    /// <summary>
    /// True if the worker has sent a message since this broker was loaded. If false, its expired leases do not count as
    /// lost (R10).
    /// </summary>
    public bool SeenSinceLoad { get; private set; }

    /// <summary>
    /// True if no message arrived for one lease period, so that the worker's leases expired. The worker can resume a
    /// job only by listing it before another worker claims it (R11).
    /// </summary>
    public bool Unresponsive { get; set; }

    /// <summary>The running jobs that this incarnation holds.</summary>
    public HashSet<Job> HeldJobs { get; } = [];

    /// <summary>When the worker last held a job, or when it joined if it has held none.</summary>
    public Elapsed LastBusy { get; set; } = lastSeen;

    /// <summary>The number of the last applied exchange; 0 if unknown, for example after a restart.</summary>
    public long LastExchangeNumber { get; set; }

    /// <summary>The exchange that is waiting for its reply; null if none is open.</summary>
    public OpenExchange? OpenExchange { get; set; }

    /// <summary>True if the worker reported that it accepts no more jobs.</summary>
    public bool Draining { get; set; }

    /// <summary>True if the server asked the worker to drain.</summary>
    public bool DrainRequested { get; set; }

    /// <summary>The reason why the worker was instructed to terminate; null if it may continue.</summary>
    public string? TerminateReason { get; set; }

    public InstructionTracker Instructions { get; } = new();

    /// <summary>Leases that the worker listed but no longer holds; it was instructed to stop their attempts.</summary>
    public HashSet<LeaseToken> Revoked { get; private set; } = [];

    public void OnMessageArrived(Elapsed at)
    {
        if (at > LastSeen)
            LastSeen = at;
        SeenSinceLoad = true;
    }

    /// <summary>
    /// Stores the revoked leases from the worker's latest list. Returns true if the set contains a lease that was not
    /// revoked before.
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
    /// The suspect jobs that the worker holds. While it holds one, the worker receives no further leases (R10). It can
    /// hold several only if it resumed several.
    /// </summary>
    public HashSet<Job> Suspects { get; } = [];

    /// <summary>Number of slots without a job. Free slots are filled before the prefetch of any worker.</summary>
    public int FreeSlots => Math.Min(Credit, Slots - HeldJobs.Count);
}

/// <summary>An exchange that has not been answered yet.</summary>
internal sealed class OpenExchange(RequestId requestId, long number, Elapsed until, bool urgent)
{
    public RequestId RequestId { get; } = requestId;

    public long Number { get; } = number;

    /// <summary>When the exchange times out and an empty reply is sent.</summary>
    public Elapsed Until { get; } = until;

    /// <summary>True if the reply must be sent as soon as the batch is durable (R6, R7).</summary>
    public bool Urgent { get; } = urgent;

    public IReadOnlyList<(LeaseToken Lease, AckStatus Verdict)> Acks { get; init; } = [];

    public IReadOnlyList<LeaseToken> Revoked { get; init; } = [];

    /// <summary>True if at least one lease was granted to this exchange.</summary>
    public bool Granted { get; set; }

    /// <summary>Total size of the bodies and parameters granted to this exchange, in bytes.</summary>
    public long GrantedBytes { get; set; }
}
