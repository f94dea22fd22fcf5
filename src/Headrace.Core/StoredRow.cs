using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>What a store holds, row by row; the same family for every journal (contract, rows).</summary>
internal abstract record StoredRow;

/// <summary>The identity of the store and the version of its schema.</summary>
internal sealed record StoreRow(StoreId Id, int Schema) : StoredRow;

/// <summary>The shard's own counters: batches committed, next ids, and the wall time of the last commit.</summary>
internal sealed record ShardRow(long Batch, long NextJob, long NextFinish, Instant Now) : StoredRow
{
    /// <summary>Which shard; every row of its batch belongs to it.</summary>
    public int Id { get; init; }
}

/// <summary>An unfinished job.</summary>
internal sealed record JobRow(JobId Id, JobSpec Spec, JobProgress Now) : StoredRow
{
    /// <summary>Known to the broker alone, never stored.</summary>
    public Progress? Progress { get; init; }
}

/// <summary>An ended job. <see cref="Finish"/> numbers the ends in the order of their commits.</summary>
internal sealed record DoneRow(JobRow Job, long Finish, Instant Ended, FailReason Reason) : StoredRow
{
    public JobError? Error { get; init; }
    public long ResultBytes { get; init; }
    public string? ResultType { get; init; }
    public AttemptMetrics? Metrics { get; init; }
}

internal enum PayloadKind : byte
{
    Input = 1,
    Result = 2,
}

/// <summary>Body or result of a job, as bytes; nobody changes them once they are in a row.</summary>
internal sealed record PayloadRow(JobId Job, PayloadKind Kind, string? ContentType, ReadOnlyMemory<byte> Bytes)
    : StoredRow
{
    /// <summary>The store found that its bytes are not those that were written: they are left out.</summary>
    public bool IsDamaged { get; init; }
}

/// <summary>An ended attempt that did not simply succeed.</summary>
internal sealed record AttemptRow(
    LeaseToken Lease,
    Holder Holder,
    OutcomeKind Kind,
    Instant Claimed,
    Instant Ended,
    JobError? Error
) : StoredRow;

/// <summary>The tail of what an attempt logged, UTF-8 lines.</summary>
internal sealed record LogRow(LeaseToken Lease, ReadOnlyMemory<byte> Lines) : StoredRow;

/// <summary>The current incarnation of a worker's name, written with its join (R9).</summary>
internal sealed record WorkerRow(WorkerName Name, Incarnation Incarnation, string Pool, Instant Joined) : StoredRow;

/// <summary>
/// A version of a method that some worker has offered; durable, so that jobs for it are accepted while no worker
/// offers it (R22). The schema of its parameters is JSON text.
/// </summary>
internal sealed record MethodRow(MethodName Name, int Version, string Schema) : StoredRow
{
    public LossLimits Loss { get; init; } = LossLimits.Default;

    /// <summary>JSON Schema of its result, as text; empty while no worker has declared one.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>How many slots of its worker one attempt occupies.</summary>
    public int Slots { get; init; } = 1;
}

/// <summary>An idempotency key and the job it belongs to, live or ended (R17).</summary>
internal sealed record KeyRow(KeyName Name, UInt128 Hash, JobId Job) : StoredRow;

/// <summary>How many jobs of a (queue, method) are in a state, and their bytes (R18).</summary>
internal sealed record CounterRow(
    QueueName Queue,
    MethodName Method,
    JobState State,
    long Jobs,
    long InputBytes,
    long ResultBytes
) : StoredRow;

/// <summary>A feed: what it reads, and the first finish number that belongs to it (R16).</summary>
internal sealed record FeedRow(FeedName Name, QueueName Queue, long Start) : StoredRow;

/// <summary>Finish numbers in which a feed has nothing more to give.</summary>
internal sealed record FeedRangeRow(FeedName Feed, Span Span) : StoredRow;

/// <summary>
/// What <see cref="RowKey.Ends"/> found, in the order asked for, and which parts of the gaps were looked through for
/// it.
/// </summary>
internal sealed record EndsRow(IReadOnlyList<PulledEnd> Ends, IReadOnlyList<Span> Looked, bool OldestFirst) : StoredRow;

/// <summary>A job that succeeded, and the number of its end.</summary>
internal readonly record struct PulledEnd(long Finish, JobId Job);

/// <summary>Names rows to read back.</summary>
internal abstract record RowKey
{
    public sealed record Live(JobId Job) : RowKey;

    public sealed record Ended(JobId Job) : RowKey;

    public sealed record Payload(JobId Job, PayloadKind Kind) : RowKey;

    public sealed record Key(KeyName Name) : RowKey;

    /// <summary>
    /// The successful jobs of a queue whose completion numbers lie in these gaps, the uppermost gap first; latest first
    /// within a gap, or oldest first. At most so many; the read also stops after <see cref="MostLooked"/> rows. The
    /// <see cref="EndsRow"/> says how far it came. A store answers it by <see cref="CompletionScan"/>.
    /// </summary>
    public sealed record Ends(QueueName Queue, IReadOnlyList<Span> Gaps, int Most) : RowKey
    {
        /// <summary>Rows looked at in one read: at about 1 µs each some 10 ms.</summary>
        public const int MostLooked = 10_000;

        public bool OldestFirst { get; init; }
    }

    /// <summary>Every stored attempt of a job.</summary>
    public sealed record Attempts(JobId Job) : RowKey;

    /// <summary>The log tails of every attempt of a job.</summary>
    public sealed record Logs(JobId Job) : RowKey;
}
