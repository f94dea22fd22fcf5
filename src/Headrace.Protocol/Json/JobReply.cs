using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>What a submission is answered with: 202 and this.</summary>
public sealed record SubmittedReply(string Id, string State)
{
    /// <summary>True when the idempotency key had been used before: this is the job of that time.</summary>
    public bool? Repeated { get; init; }
}

/// <summary>One line of the answer to a batch: an id and state, or the problem with that line alone.</summary>
public sealed record BatchLine
{
    /// <summary>The line's number, from 1.</summary>
    public required int Line { get; init; }
    public string? Id { get; init; }
    public string? State { get; init; }
    public ProblemReply? Problem { get; init; }
}

/// <summary>A job as people see it.</summary>
public sealed record JobReply
{
    public required string Id { get; init; }
    public required string State { get; init; }

    /// <summary>Why it failed: error, exhausted, timeout, rejected, deadline, lost, poison, too-large.</summary>
    public string? Reason { get; init; }
    public required string Queue { get; init; }
    public required string Method { get; init; }
    public int Priority { get; init; }
    public JsonElement? Params { get; init; }
    public string? Owner { get; init; }
    public long InputBytes { get; init; }
    public string? ContentType { get; init; }
    public int Attempt { get; init; }
    public int Failures { get; init; }
    public int Retries { get; init; }
    public DateTimeOffset Submitted { get; init; }
    public DateTimeOffset? Due { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    public string? TimeLimit { get; init; }
    public DateTimeOffset? Claimed { get; init; }
    public DateTimeOffset? Started { get; init; }
    public DateTimeOffset? Ended { get; init; }
    public string? Worker { get; init; }
    public ProgressReply? Progress { get; init; }

    /// <summary>What it waits for, in a sentence; absent once ended.</summary>
    public string? Why { get; init; }

    /// <summary>What was asked of the running attempt: cancel, deadline, timeout.</summary>
    public string? Wanted { get; init; }
    public ErrorReply? Error { get; init; }
    public long? ResultBytes { get; init; }
    public string? ResultType { get; init; }

    /// <summary>The result itself, where it was asked for, is text or JSON, and at most 64 KB.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Where the result's bytes are.</summary>
    public string? ResultUrl { get; init; }
}

/// <summary>How far a running attempt says it is: a fraction from 0 to 1.</summary>
public sealed record ProgressReply(double Fraction, string? Text);

/// <summary>What went wrong, in the method's words.</summary>
public sealed record ErrorReply(string Type, string Message, string? Detail);

/// <summary>An attempt that did not simply succeed.</summary>
public sealed record AttemptReply(
    int Attempt,
    string Outcome,
    string Worker,
    DateTimeOffset Claimed,
    DateTimeOffset Ended,
    ErrorReply? Error
);

/// <summary>Why a job is where it is, in a sentence.</summary>
public sealed record WhyReply(string Id, string State, string Why);

/// <summary>
/// A page of jobs; <c>Next</c> is the cursor of the next page, absent at the end; <c>Complete</c> is false when the
/// search stopped early.
/// </summary>
public sealed record JobPage(
    IReadOnlyList<JobReply> Jobs,
    string? Next,
    bool Complete,
    IReadOnlyList<CountReply> Counts
);

/// <summary>Jobs of one (queue, method) in one state, exact.</summary>
public sealed record CountReply(
    string Queue,
    string Method,
    string State,
    long Jobs,
    long InputBytes,
    long ResultBytes
);

/// <summary>
/// A queue with its bounds and what it holds. <c>OldestReady</c> is since when the job that waits longest is ready.
/// </summary>
public sealed record QueueReply(
    string Name,
    long MaxJobs,
    long MaxBytes,
    long Jobs,
    long Bytes,
    DateTimeOffset? OldestReady,
    IReadOnlyList<CountReply> Counts
);

/// <summary>A method version with the JSON Schema of its parameters, and how many current workers offer it.</summary>
public sealed record MethodReply(string Name, int Version, JsonElement Schema, int Workers)
{
    /// <summary>What the workers run it on, where they say it: <c>AVX-512, 16 lanes</c>. Each word once.</summary>
    public IReadOnlyList<string> RunsOn { get; init; } = [];
}

/// <summary>A worker and what it holds.</summary>
public sealed record WorkerReply(
    string Name,
    string Incarnation,
    string Pool,
    DateTimeOffset Joined,
    int Slots,
    int Prefetch,
    bool Draining,
    double SilentSeconds,
    IReadOnlyList<string> Offers,
    IReadOnlyList<string> Leases
);

/// <summary>
/// A pool of workers: what it serves, its bounds, who is in it, and the latest decision about it. Without methods it
/// serves every one.
/// </summary>
public sealed record PoolReply(
    string Name,
    IReadOnlyList<string> Methods,
    int Min,
    int Max,
    string UpAfter,
    string IdleAfter,
    string Provider,
    IReadOnlyList<PoolWorkerReply> Workers,
    PoolDecisionReply? Last
);

/// <summary>
/// A worker of a pool as its provider knows it: started, failing or leaving; <c>Words</c> say what went wrong.
/// </summary>
public sealed record PoolWorkerReply(string? Name, int? ProcessId, string State, double Seconds, string? Words);

/// <summary>A decision about a pool: how many it had, how many were started, who was told to go, and why.</summary>
public sealed record PoolDecisionReply(
    DateTimeOffset At,
    int Workers,
    int Started,
    IReadOnlyList<string> Drained,
    string Reason
);

/// <summary>An RFC 9457 problem: <c>Type</c> is an address on this server that explains it.</summary>
public sealed record ProblemReply
{
    public required string Type { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }

    /// <summary>Seconds after which to come back.</summary>
    public double? RetryAfter { get; init; }

    /// <summary>Each fault with its path, for invalid params.</summary>
    public IReadOnlyList<FaultReply>? Errors { get; init; }
}

/// <summary>One fault of the parameters and where it is, as <c>$.iterations</c>.</summary>
public sealed record FaultReply(string Path, string Message);
