using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>
/// The information about an ended job that the broker needs to delete it, read from the store on demand.
/// </summary>
internal sealed record EndedJob(JobId Id, long CompletionNumber, QueueName Queue, MethodName Method, JobState State)
    : StoredRow
{
    public required string Owner { get; init; }

    public Instant Ended { get; init; }

    /// <summary>Size of the body and the params in bytes.</summary>
    public long InputBytes { get; init; }

    public long ResultBytes { get; init; }

    public JobTags Tags { get; init; } = JobTags.None;

    /// <summary>
    /// The idempotency keys that belong to the job: at most one; empty once the key has been deleted.
    /// </summary>
    public IReadOnlyList<KeyName> Keys { get; init; } = [];

    /// <summary>The job's contribution to the size of its history.</summary>
    public long StoredBytes => InputBytes + ResultBytes + History.RowBytes;
}

/// <summary>
/// The oldest ended jobs in a queue and class after a completion number, in the order of their completion.
/// </summary>
/// <param name="Jobs">The jobs found.</param>
/// <param name="ScannedTo">The completion number up to which every job in the class was found.</param>
/// <param name="IsLast">True if the class has no further jobs.</param>
internal sealed record HistoryPage(IReadOnlyList<EndedJob> Jobs, long ScannedTo, bool IsLast) : StoredRow;
