namespace Headrace.Core.Jobs;

/// <summary>
/// The mutable part of a job. It is a struct, so each row contains a copy that later changes do not affect.
/// </summary>
internal struct JobStatus
{
    public JobState State;

    /// <summary>The stop request for the running attempt (R12).</summary>
    public StopReason StopRequest;

    /// <summary>True if the next attempt must run as the only job on its worker (R10).</summary>
    public bool Isolated;

    /// <summary>Number of claims so far; part of the fencing token. It never decreases (R4).</summary>
    public int Attempt;

    /// <summary>Number of errors and timeouts so far, counted against the retries.</summary>
    public int Failures;

    /// <summary>Number of worker crashes observed while this was the worker's only job (R10).</summary>
    public int WorkerCrashes;

    /// <summary>Number of leases lost because the holder stopped responding (R10).</summary>
    public int LostLeases;

    /// <summary>The method version of the current or last attempt; 0 before the first claim.</summary>
    public int RanVersion;

    /// <summary>When a scheduled job becomes ready.</summary>
    public Instant ScheduledAt;

    public Instant ReadySince;
    public Instant Claimed;

    /// <summary>The lease holder while the job is running.</summary>
    public LeaseHolder Holder;

    /// <summary>The number of the exchange whose reply granted the lease (R4).</summary>
    public long GrantedByExchange;

    /// <summary>Number of result bytes reserved by the claim (R13).</summary>
    public long ReservedBytes;
}

/// <summary>The incarnation of a worker that holds leases.</summary>
internal readonly record struct LeaseHolder(WorkerName Worker, Incarnation Incarnation);
