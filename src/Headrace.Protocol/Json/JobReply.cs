using System.Text.Json;

namespace Headrace.Protocol.Json;

/// <summary>The body of the 202 reply to a submission.</summary>
public sealed record SubmittedReply(string Id, string State)
{
    /// <summary>
    /// True if an earlier job was submitted with the same idempotency key. The reply then describes the earlier job.
    /// </summary>
    public bool? Repeated { get; init; }
}

/// <summary>
/// One line of the reply to a batch: the id and state of the job, or the problem with the submitted line.
/// </summary>
public sealed record BatchLine
{
    /// <summary>The number of the line, counted from 1.</summary>
    public required int Line { get; init; }
    public string? Id { get; init; }
    public string? State { get; init; }

    /// <summary>True if an earlier job was submitted with the same idempotency key.</summary>
    public bool? Repeated { get; init; }
    public ProblemReply? Problem { get; init; }
}

/// <summary>A job in the form that the API returns.</summary>
public sealed record JobReply
{
    public required string Id { get; init; }
    public required string State { get; init; }

    /// <summary>The failure reason: error, exhausted, timeout, rejected, deadline, lost, poison or too-large.</summary>
    public string? Reason { get; init; }
    public required string Queue { get; init; }
    public required string Method { get; init; }
    public int Priority { get; init; }
    public JsonElement? Params { get; init; }
    public string? Owner { get; init; }
    public long InputBytes { get; init; }
    public string? ContentType { get; init; }

    /// <summary>The tags of the job; absent if it has none.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
    public int Attempt { get; init; }
    public int Failures { get; init; }
    public int Retries { get; init; }

    /// <summary>
    /// Specifies when the job runs again after an error or a timeout; absent if the job has the default delays.
    /// </summary>
    public RetryTerms? Retry { get; init; }

    /// <summary>The ended job that this job repeats with changes.</summary>
    public string? RetryOf { get; init; }

    /// <summary>The job whose attempt submitted this job; absent if a client did.</summary>
    public string? Parent { get; init; }

    /// <summary>Gets the W3C trace context of the submission; null if the client sent none.</summary>
    public string? Traceparent { get; init; }
    public DateTimeOffset Submitted { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    public string? TimeLimit { get; init; }
    public DateTimeOffset? Claimed { get; init; }
    public DateTimeOffset? Started { get; init; }
    public DateTimeOffset? Ended { get; init; }
    public string? Worker { get; init; }
    public ProgressReply? Progress { get; init; }

    /// <summary>One sentence that explains what the job is waiting for; absent once the job has ended.</summary>
    public string? Why { get; init; }

    /// <summary>The stop request that was sent to the running attempt: cancel, deadline or timeout.</summary>
    public string? StopRequested { get; init; }
    public ErrorReply? Error { get; init; }
    public long? ResultBytes { get; init; }
    public string? ResultType { get; init; }

    /// <summary>The result, if the caller requested it and it is text or JSON of at most 64 KB.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>The URL path of the result bytes.</summary>
    public string? ResultUrl { get; init; }
}

/// <summary>The progress that a running attempt reported: a fraction from 0 to 1.</summary>
public sealed record ProgressReply(double Fraction, string? Text);

/// <summary>The error that the method reported.</summary>
public sealed record ErrorReply(string Type, string Message, string? Detail);

/// <summary>
/// An attempt of a job. While the attempt is running, its outcome is <c>running</c> and its end is absent.
/// </summary>
public sealed record AttemptReply(
    int Attempt,
    string Outcome,
    string Worker,
    DateTimeOffset Claimed,
    DateTimeOffset? Ended,
    ErrorReply? Error
)
{
    /// <summary>
    /// When the method started, according to the worker's clock; absent if the worker did not report it.
    /// </summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>The CPU time in milliseconds, as measured by the worker.</summary>
    public double? CpuMs { get; init; }

    /// <summary>The peak memory in bytes, as measured by the worker.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>The last lines of the attempt's log; absent if it logged nothing or no lines were requested.</summary>
    public string? Log { get; init; }
}

/// <summary>One sentence that explains the state of a job.</summary>
public sealed record WhyReply(string Id, string State, string Why);

/// <summary>
/// A page of jobs. <c>Next</c> is the cursor of the next page; it is absent on the last page. <c>Complete</c> is false
/// if the search stopped before it had examined all jobs.
/// </summary>
public sealed record JobPage(
    IReadOnlyList<JobReply> Jobs,
    string? Next,
    bool Complete,
    IReadOnlyList<CountReply> Counts
)
{
    /// <summary>The number of jobs that the search examined for this page.</summary>
    public long Examined { get; init; }
}

/// <summary>The exact number of jobs in one state for one queue and method.</summary>
public sealed record CountReply(
    string Queue,
    string Method,
    string State,
    long Jobs,
    long InputBytes,
    long ResultBytes
);

/// <summary>
/// A queue with its limits and contents. <c>OldestReady</c> is the time at which the longest-waiting job became ready.
/// </summary>
public sealed record QueueReply(
    string Name,
    long MaxJobs,
    long MaxBytes,
    long Jobs,
    long Bytes,
    DateTimeOffset? OldestReady,
    IReadOnlyList<CountReply> Counts
)
{
    /// <summary>True if the queue is paused: none of its jobs are started. Absent otherwise.</summary>
    public bool? Paused { get; init; }

    /// <summary>True if the queue is being drained: it accepts no further jobs. Absent otherwise.</summary>
    public bool? Draining { get; init; }

    /// <summary>
    /// True if the queue is currently not starting jobs because its ended jobs exceed their limit and cannot be deleted
    /// yet. Absent otherwise.
    /// </summary>
    public bool? WaitsForRoom { get; init; }
}

/// <summary>
/// A method version with the JSON Schema of its parameters and the number of connected workers that offer it and have
/// enough slots for it.
/// </summary>
public sealed record MethodReply(string Name, int Version, JsonElement Schema, int Workers)
{
    /// <summary>The JSON Schema of the result; absent if the method declares none.</summary>
    public JsonElement? ResultSchema { get; init; }

    /// <summary>The number of worker slots that one job of this method occupies.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// Specifies what happens to a job when the worker that ran it is lost: <c>retry</c>, or <c>fail</c> if a second
    /// run would be harmful.
    /// </summary>
    public string OnLost { get; init; } = "retry";

    /// <summary>True if two attempts of a job must never run at the same time.</summary>
    public bool Exclusive { get; init; }

    /// <summary>The number of worker crashes after which a job fails as <c>poison</c>; 0 disables the check.</summary>
    public int MaxWorkerCrashes { get; init; } = 2;

    /// <summary>The number of expired leases after which a job fails as <c>lost</c>.</summary>
    public int MaxLostLeases { get; init; } = 5;

    /// <summary>
    /// The hardware or runtime that the workers use to run the method, if they report it, such as <c>AVX-512, 16
    /// lanes</c>. Duplicates are removed.
    /// </summary>
    public IReadOnlyList<string> RuntimeInfo { get; init; } = [];

    /// <summary>
    /// The reasons why connected workers that have the method currently cannot run it, such as a missing library.
    /// Duplicates are removed.
    /// </summary>
    public IReadOnlyList<string> Unavailable { get; init; } = [];

    /// <summary>The retry policy for jobs that do not specify their own; absent if the method specifies none.</summary>
    public RetryTerms? Retry { get; init; }
}

/// <summary>A worker with the leases that it holds.</summary>
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
)
{
    /// <summary>The number of the worker's slots that its leases occupy.</summary>
    public int SlotsInUse { get; init; }

    /// <summary>
    /// The worker's methods that the server does not accept, each with the reason; absent if there are none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? RefusedOffers { get; init; }
}

/// <summary>
/// A worker pool: its methods, limits, workers and latest scaling decision. A pool without a method list serves every
/// method.
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
)
{
    /// <summary>The program of the pool's workers; absent if they offer Headrace's own methods.</summary>
    public string? Command { get; init; }

    /// <summary>The reason why the program has not described its methods; absent once it has.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// Methods of the program that the server does not accept, each with the reason; absent if there are none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? RefusedMethods { get; init; }
}

/// <summary>
/// A worker of a pool, as reported by its provider: started, failing or leaving. <see cref="Message"/> describes the
/// failure.
/// </summary>
public sealed record PoolWorkerReply(string? Name, int? ProcessId, string State, double Seconds, string? Message);

/// <summary>
/// A scaling decision for a pool: its worker count, the number of started workers, the drained workers and the reason.
/// </summary>
public sealed record PoolDecisionReply(
    DateTimeOffset At,
    int Workers,
    int Started,
    IReadOnlyList<string> Drained,
    string Reason
);

/// <summary>An RFC 9457 problem. <c>Type</c> is the path of the server page that explains it.</summary>
public sealed record ProblemReply
{
    public required string Type { get; init; }
    public required string Title { get; init; }
    public required int Status { get; init; }
    public required string Detail { get; init; }

    /// <summary>The number of seconds to wait before the next attempt.</summary>
    public double? RetryAfter { get; init; }

    /// <summary>The validation errors of the parameters, each with its path.</summary>
    public IReadOnlyList<FaultReply>? Errors { get; init; }
}

/// <summary>One validation error of the parameters and its location, such as <c>$.iterations</c>.</summary>
public sealed record FaultReply(string Path, string Message);
