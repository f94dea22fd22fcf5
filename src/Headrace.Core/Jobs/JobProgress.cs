namespace Headrace.Core.Jobs;

/// <summary>
/// The part of a job that changes, as one value: a row is a copy of it, so that nobody reads what the broker goes on to
/// change.
/// </summary>
internal struct JobProgress
{
    public JobState State;

    /// <summary>What is wanted of the running attempt (R12).</summary>
    public Wanted Wanted;

    /// <summary>Runs next with nothing else on its worker (R10).</summary>
    public bool Alone;

    /// <summary>Claims so far: the fencing token. Only grows (R4).</summary>
    public int Attempt;

    /// <summary>Errors and timeouts so far, counted against the retries.</summary>
    public int Failures;

    /// <summary>Witnessed deaths of its worker while it was the only row there (R10).</summary>
    public int Kills;

    /// <summary>Times its holder fell silent (R10).</summary>
    public int Losses;

    /// <summary>The version that runs, or ran last; 0 before the first claim.</summary>
    public int RanVersion;

    /// <summary>When a scheduled job becomes ready.</summary>
    public Instant Due;

    public Instant ReadySince;
    public Instant Claimed;

    /// <summary>Who holds the lease while running.</summary>
    public Holder Holder;

    /// <summary>The number of the exchange whose reply carried the lease (R4).</summary>
    public long Grant;

    /// <summary>Result bytes reserved by the claim (R13).</summary>
    public long ReservedBytes;
}

/// <summary>One incarnation of a worker, as the holder of leases.</summary>
internal readonly record struct Holder(WorkerName Worker, Incarnation Incarnation);
