using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// The current incarnation of one worker name: what it may run, what it holds, and its open exchange (R6–R9).
/// </summary>
internal sealed class Worker(Holder self, string pool, Instant joined, Elapsed heard)
{
    public Holder Self { get; } = self;

    public string Pool { get; } = pool;

    public Instant Joined { get; } = joined;

    public int Slots { get; set; }

    public int Prefetch { get; set; }

    /// <summary>The versions it offers.</summary>
    public List<(Method Method, int Version)> Offers { get; } = [];

    /// <summary>What its offers run on, for people: only of those that say it.</summary>
    public Dictionary<MethodRef, string> RunsOn { get; } = [];

    /// <summary>
    /// The capacity at the last claim: what it holds fitted into that, also where it has asked for less since.
    /// </summary>
    public int GrantedWithin { get; set; }

    /// <summary>When its last message was applied: silence for a lease from here loses all it holds (R8).</summary>
    public Elapsed Heard { get; set; } = heard;

    /// <summary>It has spoken since this broker was loaded: silence of one that has not is no loss (R10).</summary>
    public bool Known { get; set; }

    /// <summary>
    /// It has been silent for a lease: what it held is lost, and is its own again only where it lists it before anybody
    /// claims it (R11).
    /// </summary>
    public bool Silent { get; set; }

    /// <summary>The running jobs it holds: the rows of this incarnation.</summary>
    public HashSet<Job> Rows { get; } = [];

    /// <summary>When it last held something, or joined.</summary>
    public Elapsed LastBusy { get; set; } = heard;

    /// <summary>The number of the last exchange applied; 0 when none is known, as after a restart.</summary>
    public long LastNumber { get; set; }

    /// <summary>The exchange that waits for its reply; null when none is open.</summary>
    public OpenExchange? Open { get; set; }

    /// <summary>It said that it takes nothing more.</summary>
    public bool Draining { get; set; }

    /// <summary>It was asked to drain.</summary>
    public bool DrainWanted { get; set; }

    /// <summary>Why it was told that it is over; null while it is not.</summary>
    public string? EndedWhy { get; set; }

    public OrderClock Orders { get; } = new();

    /// <summary>Leases it listed that are not its own any more, and that it has been told to stop.</summary>
    public HashSet<LeaseToken> Told { get; private set; } = [];

    /// <summary>Keeps what the last list held; true when it names a lease not told before.</summary>
    public bool Tell(HashSet<LeaseToken> foreign)
    {
        var news = !foreign.IsSubsetOf(Told);
        Told = foreign;
        return news;
    }

    /// <summary>How many more leases it may be given (R7).</summary>
    public int Credit =>
        Draining || DrainWanted || EndedWhy is not null || Suspects.Count > 0
            ? 0
            : Math.Min(Slots + Prefetch, Limits.LeasesPerWorker) - Rows.Count;

    /// <summary>
    /// The suspects among its rows: while there is one, nothing more is given to it (R10). More than one only where
    /// several were taken back.
    /// </summary>
    public HashSet<Job> Suspects { get; } = [];

    /// <summary>Slots that would stand idle: these are filled before anybody's prefetch.</summary>
    public int FreeSlots => Math.Min(Credit, Slots - Rows.Count);
}

/// <summary>An exchange whose reply is still owed.</summary>
internal sealed class OpenExchange(Ticket ticket, long number, Elapsed until, bool urgent)
{
    public Ticket Ticket { get; } = ticket;

    public long Number { get; } = number;

    /// <summary>When the park ends with an empty reply.</summary>
    public Elapsed Until { get; } = until;

    /// <summary>It must be answered as soon as it is durable (R6, R7).</summary>
    public bool Urgent { get; } = urgent;

    public IReadOnlyList<(LeaseToken Lease, Verdict Verdict)> Recorded { get; init; } = [];

    public IReadOnlyList<LeaseToken> Stop { get; init; } = [];

    /// <summary>Some claim has given it a lease.</summary>
    public bool Granted { get; set; }

    /// <summary>Bytes of the bodies and parameters it was granted.</summary>
    public long GrantedBytes { get; set; }
}
