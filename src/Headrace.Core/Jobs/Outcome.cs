namespace Headrace.Core.Jobs;

/// <summary>
/// How an attempt ended, as reported by its worker. The numeric values are stored and must never change.
/// </summary>
internal enum OutcomeKind : byte
{
    Succeeded = 1,
    Failed = 2,
    Rejected = 3,
    TimedOut = 4,
    Cancelled = 5,
    Released = 6,
    Lost = 7,

    /// <summary>The result exceeds the maximum size and was not sent.</summary>
    TooLarge = 8,

    /// <summary>
    /// The process that ran the job crashed, but the worker survived and reported the crash. The broker treats it like
    /// an observed crash of a worker (R10).
    /// </summary>
    Crashed = 9,
}

/// <summary>An error reported by a method. Text from clients is stored unchanged and escaped for display.</summary>
internal sealed record JobError(string Type, string Message, string? Detail = null, bool Retryable = true);

/// <summary>
/// Timestamps taken from the wall clock of the worker's machine, and the resources that the attempt used.
/// </summary>
internal sealed record AttemptMetrics(
    Instant Received,
    Instant Started,
    Instant Ended,
    double CpuMilliseconds,
    long PeakBytes
);

/// <summary>The final report of an attempt. Its lease token makes it idempotent (R6).</summary>
internal sealed record Outcome(LeaseToken Lease, OutcomeKind Kind)
{
    public ReadOnlyMemory<byte> Result { get; init; }
    public string? ContentType { get; init; }
    public JobError? Error { get; init; }
    public AttemptMetrics? Metrics { get; init; }

    /// <summary>
    /// For a crash: true if the crashed process ran no other job, so that the crash counts against this job (R10).
    /// </summary>
    public bool Isolated { get; init; }
}

/// <summary>How the broker handled a reported outcome (R6).</summary>
internal enum AckStatus : byte
{
    /// <summary>The outcome was recorded.</summary>
    Recorded = 1,

    /// <summary>The outcome had already been recorded.</summary>
    Repeated = 2,

    /// <summary>
    /// Nothing was recorded, because the reporting worker no longer holds the lease or the job has ended.
    /// </summary>
    Dropped = 3,
}
