namespace Headrace.Core.Jobs;

/// <summary>
/// What was asked: everything about a job that never changes after its submission. The body is not in it: bodies are
/// rows, not broker state (R15).
/// </summary>
internal sealed record JobSpec
{
    public required QueueName Queue { get; init; }
    public required MethodName Method { get; init; }

    /// <summary>The version asked for; 0 takes the highest that is offered at the claim (R22).</summary>
    public int Version { get; init; }

    /// <summary>Higher goes first, strictly (R19).</summary>
    public int Priority { get; init; }

    /// <summary>Not before this time; the submission time when none was given, so it also orders the lane.</summary>
    public Instant Due { get; init; }

    /// <summary>Ended as failed(deadline) when not succeeded by then; <see cref="Instant.Never"/> for none.</summary>
    public Instant Deadline { get; init; } = Instant.Never;

    /// <summary>How long one attempt may run; zero for no limit.</summary>
    public TimeSpan TimeLimit { get; init; }

    /// <summary>How many times the job is tried again after an error or a timeout.</summary>
    public int Retries { get; init; } = DefaultRetries;

    /// <summary>
    /// The parameters, JSON text in UTF-8; empty for none. Kept as bytes, so that no store can refuse them (R5).
    /// </summary>
    public byte[] Params { get; init; } = [];

    /// <summary>Who submitted it.</summary>
    public required string Owner { get; init; }

    /// <summary>The content type of the body; null without one.</summary>
    public string? ContentType { get; init; }

    /// <summary>Bytes of the body.</summary>
    public int BodyBytes { get; init; }

    public Instant Submitted { get; init; }

    public JobTags Tags { get; init; } = JobTags.None;

    /// <summary>The trace context of the submission, in the W3C form; null without one.</summary>
    public string? Traceparent { get; init; }

    public const int DefaultRetries = 3;

    /// <summary>
    /// The submitter's own name for the job, by which a repeated submission is known (R17); null without one.
    /// </summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>What the job counts against its queue's byte bound: body and parameters.</summary>
    public long InputBytes => BodyBytes + Params.Length;
}

/// <summary>
/// An idempotency key as sent, and a hash of what it was sent with: method, parameters, body and options (R17).
/// </summary>
internal sealed record IdempotencyKey(string Text, UInt128 Hash);

/// <summary>A key is unique within its owner's jobs in a queue (R17).</summary>
internal readonly record struct KeyName(string Owner, QueueName Queue, string Text);

/// <summary>
/// A job at the door: what was asked, and its body, which the broker passes on to the journal and forgets.
/// </summary>
internal readonly record struct NewJob(JobSpec Spec, ReadOnlyMemory<byte> Body);
