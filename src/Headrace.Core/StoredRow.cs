using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>A row in a store. All job stores use the same row types.</summary>
internal abstract record StoredRow;

/// <summary>The identity of the store and its schema version.</summary>
internal sealed record StoreRow(StoreId Id, int Schema) : StoredRow;

/// <summary>
/// The state of the shard: the number of committed batches, the next ids, and the wall-clock time of the last commit.
/// </summary>
internal sealed record ShardRow(long Batch, long NextJob, long NextCompletion, Instant Now) : StoredRow
{
    /// <summary>The number of the shard to which all rows of a batch belong.</summary>
    public int Id { get; init; }

    /// <summary>The version that the next registry write receives.</summary>
    public long NextRegistryVersion { get; init; } = 1;

    /// <summary>The first delivery epoch that is not reserved; see <see cref="DeliveryEpochs"/>.</summary>
    public long NextDeliveryEpoch { get; init; } = 1;
}

/// <summary>An unfinished job.</summary>
internal sealed record JobRow(JobId Id, JobSpec Spec, JobStatus Status) : StoredRow
{
    /// <summary>
    /// The progress of the running attempt. It exists only in the broker's memory and is never stored.
    /// </summary>
    public Progress? Progress { get; init; }

    /// <summary>
    /// The latest submission of children by the running attempt; null if it has submitted none. An ended job has none.
    /// </summary>
    public ChildSubmission? LatestSubmission { get; init; }

    /// <summary>
    /// When the running attempt started; null if its holder has not reported the start. It exists only in the broker's
    /// memory and is never stored.
    /// </summary>
    public Instant? Started { get; init; }
}

/// <summary>An ended job. <see cref="CompletionNumber"/> numbers completions in the order of their commits.</summary>
internal sealed record DoneRow(JobRow Job, long CompletionNumber, Instant Ended, FailReason Reason) : StoredRow
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

/// <summary>The body or result of a job. The bytes are immutable once they are in a row.</summary>
internal sealed record PayloadRow(JobId Job, PayloadKind Kind, string? ContentType, ReadOnlyMemory<byte> Bytes)
    : StoredRow
{
    /// <summary>True if the stored bytes failed their integrity check; the row then contains no bytes.</summary>
    public bool IsDamaged { get; init; }
}

/// <summary>An ended attempt that did not succeed.</summary>
internal sealed record AttemptRow(
    LeaseToken Lease,
    LeaseHolder Holder,
    OutcomeKind Kind,
    Instant Claimed,
    Instant Ended,
    JobError? Error
) : StoredRow
{
    /// <summary>The worker's measurements; null if the worker did not report the end of the attempt.</summary>
    public AttemptMetrics? Metrics { get; init; }
}

/// <summary>The last lines logged by an attempt, in UTF-8.</summary>
internal sealed record LogRow(LeaseToken Lease, ReadOnlyMemory<byte> Lines) : StoredRow;

/// <summary>The current incarnation of a worker name, written when it joins (R9).</summary>
internal sealed record WorkerRow(WorkerName Name, Incarnation Incarnation, string Pool, Instant Joined) : StoredRow;

/// <summary>
/// A method version that a worker has offered. It is durable, so that jobs are accepted even while no worker offers it
/// (R22). The schema of its parameters is JSON text.
/// </summary>
internal sealed record MethodRow(MethodName Name, int Version, string Schema) : StoredRow
{
    public LossPolicy LossPolicy { get; init; } = LossPolicy.Default;

    /// <summary>JSON Schema of the result, as text; empty until a worker declares a schema.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>Number of worker slots that one attempt occupies.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// The members of the retry policy that the method specifies. They apply to jobs that do not specify their own.
    /// </summary>
    public RetryOptions Retry { get; init; } = RetryOptions.None;
}

/// <summary>An idempotency key and its job, which may be unfinished or ended (R17).</summary>
internal sealed record KeyRow(KeyName Name, UInt128 Hash, JobId Job) : StoredRow;

/// <summary>The number and total size of the jobs in one state, for one queue and method (R18).</summary>
internal sealed record CounterRow(
    QueueName Queue,
    MethodName Method,
    JobState State,
    long Jobs,
    long InputBytes,
    long ResultBytes
) : StoredRow;

/// <summary>A feed: its queue and the first completion number that belongs to it (R16).</summary>
internal sealed record FeedRow(FeedName Name, QueueName Queue, long Start) : StoredRow
{
    public FeedStates States { get; init; } = FeedStates.Succeeded;

    /// <summary>
    /// True if a pull without a lease created the feed. It delivers the latest completions first, and does not prevent
    /// the deletion of jobs.
    /// </summary>
    public bool Implicit { get; init; }

    /// <summary>The first delivery epoch that is valid for the feed.</summary>
    public long FirstEpoch { get; init; }

    /// <summary>The number of completions that were deleted before the feed acknowledged them.</summary>
    public long Expired { get; init; }
}

/// <summary>A range of completion numbers in which no completion remains to be delivered to the feed.</summary>
internal sealed record FeedRangeRow(FeedName Feed, CompletionRange Range) : StoredRow;

/// <summary>
/// The completions found by a read of <see cref="RowKey.Completions"/>, in the requested order, and the ranges that
/// were scanned.
/// </summary>
internal sealed record CompletionPage(
    IReadOnlyList<DeliveredCompletion> Completions,
    IReadOnlyList<CompletionRange> ScannedRanges,
    bool OldestFirst
) : StoredRow;

/// <summary>An ended job and its completion number.</summary>
internal readonly record struct DeliveredCompletion(
    long CompletionNumber,
    JobId Job,
    JobState State = JobState.Succeeded
);

/// <summary>Identifies rows to read.</summary>
internal abstract record RowKey
{
    public sealed record Live(JobId Job) : RowKey;

    public sealed record Ended(JobId Job) : RowKey;

    public sealed record Payload(JobId Job, PayloadKind Kind) : RowKey;

    public sealed record Key(KeyName Name) : RowKey;

    /// <summary>
    /// The ended jobs in a queue whose completion numbers lie in the given gaps. The jobs are in the order of the gaps
    /// and, within a gap, latest or oldest first. Returns at most the given number of jobs and stops after scanning
    /// <see cref="MaxScannedRows"/> rows. The <see cref="CompletionPage"/> states which ranges were scanned. Stores
    /// implement this read with <see cref="CompletionScan"/>.
    /// </summary>
    public sealed record Completions(QueueName Queue, IReadOnlyList<CompletionRange> Gaps, int MaxCount) : RowKey
    {
        /// <summary>Maximum number of rows scanned by one read: about 10 ms at 1 µs per row.</summary>
        public const int MaxScannedRows = 10_000;

        public bool OldestFirst { get; init; }

        public FeedStates States { get; init; } = FeedStates.Succeeded;
    }

    /// <summary>
    /// The oldest ended jobs in a queue and class whose completion numbers are greater than <paramref name="After"/>.
    /// Returns one <see cref="HistoryPage"/>. Stores implement this read with <see cref="HistoryScan"/>.
    /// </summary>
    public sealed record History(QueueName Queue, HistoryClass Class, long After, int MaxCount) : RowKey
    {
        /// <summary>
        /// Maximum number of rows scanned by one read. The scanned rows may include jobs in the other class.
        /// </summary>
        public const int MaxScannedRows = 5_000;
    }

    /// <summary>The information needed to delete one ended job: an <see cref="Retention.EndedJob"/>.</summary>
    public sealed record EndedJob(JobId Job) : RowKey;

    /// <summary>All stored attempts of a job.</summary>
    public sealed record Attempts(JobId Job) : RowKey;

    /// <summary>The log tails of all attempts of a job.</summary>
    public sealed record Logs(JobId Job) : RowKey;

    /// <summary>
    /// The next jobs that a sweep visits, newest first: unfinished jobs, or ended jobs if the sweep retries or deletes
    /// jobs. Returns one <see cref="SweepPageRow"/>.
    /// </summary>
    public sealed record SweepPage(SweepRow Sweep) : RowKey
    {
        /// <summary>Maximum number of jobs that one read examines: about 5 ms at 1 µs per row.</summary>
        public const int MaxExamined = 5_000;

        /// <summary>Maximum number of jobs in a page: as many as one command may change (R3).</summary>
        public int MaxJobs => Sweep.Action == SweepAction.Delete ? Limits.JobsPerDeletion : Limits.JobsPerCommand;

        /// <summary>The filter of the sweep, limited to the jobs to which its action can apply.</summary>
        public JobFilter Filter => Sweep.Action.Limit(Sweep.Filter);
    }

    /// <summary>One registry record.</summary>
    public sealed record Record(string Kind, string Id) : RowKey;

    /// <summary>
    /// A page of the records of one kind. It starts after the id <paramref name="After"/>, or at the first record in
    /// this order if the id is null. Returns one <see cref="RecordPage"/>. Stores implement this read with
    /// <see cref="RecordScan"/>.
    /// </summary>
    public sealed record Records(string Kind, RecordOrder Order, string? After, int MaxCount) : RowKey;
}
