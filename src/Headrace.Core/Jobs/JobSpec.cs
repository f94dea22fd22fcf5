using Headrace.Core.Registry;

namespace Headrace.Core.Jobs;

/// <summary>
/// The part of a job that never changes after submission. It excludes the body: bodies are stored as rows and not kept
/// in broker memory (R15).
/// </summary>
internal sealed record JobSpec
{
    public required QueueName Queue { get; init; }
    public required MethodName Method { get; init; }

    /// <summary>The requested version; 0 means the highest version offered at the time of the claim (R22).</summary>
    public int Version { get; init; }

    /// <summary>Jobs with a higher priority always run first (R19).</summary>
    public int Priority { get; init; }

    /// <summary>
    /// The earliest time at which the job may run. Defaults to the submission time, so it also determines the order
    /// within the lane.
    /// </summary>
    public Instant ScheduledAt { get; init; }

    /// <summary>
    /// A job that has not succeeded by this time fails with the reason <i>deadline</i>. <see cref="Instant.Never"/>
    /// means no deadline.
    /// </summary>
    public Instant Deadline { get; init; } = Instant.Never;

    /// <summary>Maximum duration of one attempt; zero means no limit.</summary>
    public TimeSpan TimeLimit { get; init; }

    /// <summary>Specifies when the job runs again after an error or a timeout.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>The number of retries: the short form of <see cref="Retry"/>.</summary>
    public int Retries
    {
        get => Retry.Max;
        init => Retry = value == Retry.Max ? Retry : Retry with { Max = value };
    }

    /// <summary>
    /// The ended job that this job repeats with changes; null if there is none. The ended job may have been deleted
    /// since.
    /// </summary>
    public JobId? RetryOf { get; init; }

    /// <summary>
    /// The attempt that submitted the job; null if a client did. The job of the attempt may have been deleted since.
    /// </summary>
    public ParentAttempt? Parent { get; init; }

    /// <summary>
    /// The parameters as UTF-8 JSON; empty if the job has none, or if they are in its payload
    /// (<see cref="PayloadParamsBytes"/>). They are stored as bytes, so that no store rejects them because of their
    /// encoding (R5).
    /// </summary>
    public byte[] Params { get; init; } = [];

    /// <summary>
    /// Size in bytes of parameters that are stored at the start of the job's payload (<see cref="InputPayload"/>); 0 if
    /// <see cref="Params"/> contains them.
    /// </summary>
    public int PayloadParamsBytes { get; init; }

    /// <summary>The user who submitted the job.</summary>
    public required string Owner { get; init; }

    /// <summary>The content type of the body; null if there is no body.</summary>
    public string? ContentType { get; init; }

    /// <summary>Size of the body in bytes.</summary>
    public int BodyBytes { get; init; }

    public Instant Submitted { get; init; }

    public JobTags Tags { get; init; } = JobTags.None;

    /// <summary>The W3C trace context (<c>traceparent</c>) of the submission; null if the client sent none.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The key that identifies a repeated submission (R17); null if the client sent none.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>Size of the body and parameters in bytes, counted against the queue's byte limit.</summary>
    public long InputBytes => BodyBytes + ParamsBytes;

    /// <summary>Size of the parameters in bytes, wherever they are stored.</summary>
    public int ParamsBytes => Params.Length + PayloadParamsBytes;

    /// <summary>Size in bytes of the job's input payload; 0 if the job has none.</summary>
    public int PayloadBytes => BodyBytes + PayloadParamsBytes;

    /// <summary>
    /// Size in bytes of the job's variable-length data in memory, which is its parameters and headers.
    /// </summary>
    public long ResidentBytes =>
        Params.Length + (sizeof(char) * ((ContentType?.Length ?? 0) + (Traceparent?.Length ?? 0) + Tags.Characters));
}

/// <summary>
/// An idempotency key as sent by the client, with a hash of the method, parameters, body and options of the submission
/// (R17).
/// </summary>
internal sealed record IdempotencyKey(string Text, UInt128 Hash);

/// <summary>The scope and text of an idempotency key. A key is unique per owner and queue (R17).</summary>
internal readonly record struct KeyName(string Owner, QueueName Queue, string Text);

/// <summary>A job to be submitted. The broker passes the job's body on to the store and does not keep a copy.</summary>
internal readonly record struct NewJob(JobSpec Spec, ReadOnlyMemory<byte> Body)
{
    /// <summary>
    /// True if the client set the priority, even to 0. Otherwise, a rule of the queue may set the priority.
    /// </summary>
    public bool HasPriority { get; init; }

    /// <summary>
    /// The members of the retry policy that the submission specifies; null if the policy in the specification is
    /// already complete. The method supplies the other members when the broker accepts the job.
    /// </summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>The limits on the unfinished jobs of the owner; null if the owner has none.</summary>
    public OwnerQuota? Quota { get; init; }

    /// <summary>
    /// Registry writes that are committed together with the job. If one of them cannot be applied, the job is rejected.
    /// </summary>
    public IReadOnlyList<RegistryWrite> RegistryWrites { get; init; } = [];
}
