namespace Headrace.Core.Jobs;

/// <summary>How one attempt ended, as its worker reports it. Numbers are stored: never renumber.</summary>
internal enum OutcomeKind : byte
{
    Succeeded = 1,
    Failed = 2,
    Rejected = 3,
    TimedOut = 4,
    Cancelled = 5,
    Released = 6,
    Lost = 7,

    /// <summary>The result is larger than a job may have; it stayed with the worker.</summary>
    TooLarge = 8,

    /// <summary>
    /// The process that ran the job for the worker crashed; the worker lives on and reports it. The broker judges it
    /// like a witnessed death of a worker (R10).
    /// </summary>
    Crashed = 9,
}

/// <summary>What went wrong, in the method's own words. Text from callers is kept as given and shown escaped.</summary>
internal sealed record JobError(string Type, string Message, string? Detail = null, bool Retryable = true);

/// <summary>Times measured inside the worker, in the wall time of its machine, and what the attempt used.</summary>
internal sealed record AttemptMetrics(
    Instant Received,
    Instant Started,
    Instant Ended,
    double CpuMilliseconds,
    long PeakBytes
);

/// <summary>The report of one attempt's end; idempotent by its lease token (R6).</summary>
internal sealed record Outcome(LeaseToken Lease, OutcomeKind Kind)
{
    public ReadOnlyMemory<byte> Result { get; init; }
    public string? ContentType { get; init; }
    public JobError? Error { get; init; }
    public AttemptMetrics? Metrics { get; init; }

    /// <summary>Of a crash: the crashed process ran no other job, so the crash counts against this one (R10).</summary>
    public bool Isolated { get; init; }
}

/// <summary>What became of a reported outcome (R6).</summary>
internal enum Verdict : byte
{
    /// <summary>It was recorded now.</summary>
    Recorded = 1,

    /// <summary>It had been recorded before.</summary>
    Repeated = 2,

    /// <summary>The lease is not the reporter's any more, or the job is not live: nothing was recorded.</summary>
    Dropped = 3,
}
