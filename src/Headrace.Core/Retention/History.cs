namespace Headrace.Core.Retention;

/// <summary>
/// The ended jobs in one queue and class: how many there are, how large they are, and how old the oldest one may be.
/// The jobs themselves are only on disk.
/// </summary>
internal sealed class History
{
    /// <summary>
    /// Bytes that an ended job occupies in addition to its body, params and result: its row, its entries in three
    /// indexes, and its idempotency key. The value was measured in a store that contained a million jobs without
    /// bodies.
    /// </summary>
    public const long RowBytes = 512;

    private long _contentBytes;

    public long Jobs { get; private set; }

    /// <summary>The size of all jobs with their bodies, params and results, in bytes.</summary>
    public long Bytes => _contentBytes + (Jobs * RowBytes);

    /// <summary>
    /// No job in the class ended before this time. After a server start, it is null until the oldest job is read.
    /// </summary>
    public Instant? OldestNotBefore { get; set; }

    /// <summary>
    /// The feed that prevented retention from deleting the oldest job; null if there is none. It is determined when the
    /// oldest jobs are read.
    /// </summary>
    public FeedHold? Hold { get; set; }

    /// <summary>
    /// The completion number up to which retention has deleted every job in the class; 0 after a server start.
    /// </summary>
    public long DeletedTo { get; set; }

    /// <summary>
    /// A completion number, and a time by which all jobs up to this number had ended, even if their rows contain later
    /// times. It is null until a row with a time in the future is found.
    /// </summary>
    public (long Number, Instant At)? EndedBefore { get; private set; }

    /// <summary>
    /// Called when the end time in the row of this job lies in the future, because the system clock was wrong when the
    /// job ended. The age of the job is then measured from the time of this call.
    /// </summary>
    public void OnEndedInFuture(long completionNumber, long lastCompletionNumber, Instant now)
    {
        if (EndedBefore is not { } known || known.Number < completionNumber)
            EndedBefore = (lastCompletionNumber, now);
    }

    public void Add(long jobs, long inputBytes, long resultBytes)
    {
        Jobs += jobs;
        _contentBytes += inputBytes + resultBytes;
    }

    /// <summary>Called after an ended job in the class has been added.</summary>
    /// <param name="confirmed">The confirmed time (R20), which is used to measure ages.</param>
    public void OnEnded(Instant confirmed)
    {
        if (Jobs == 1)
            OldestNotBefore = confirmed;
    }
}

/// <summary>The ended jobs in one queue.</summary>
internal sealed class QueueHistory(QueueName queue)
{
    private readonly History _succeeded = new();
    private readonly History _unsuccessful = new();

    public static readonly HistoryClass[] Classes = [HistoryClass.Succeeded, HistoryClass.Unsuccessful];

    public QueueName Queue { get; } = queue;

    public History this[HistoryClass historyClass] =>
        historyClass == HistoryClass.Succeeded ? _succeeded : _unsuccessful;

    public bool IsEmpty => _succeeded.Jobs == 0 && _unsuccessful.Jobs == 0;

    /// <summary>
    /// The number of times that ended jobs were removed from the queue by deletion or retry. A page that was read
    /// before the latest removal may contain removed jobs.
    /// </summary>
    public long Removals { get; private set; }

    /// <summary>
    /// True if jobs in the queue cannot be claimed because its ended jobs exceed their limit; see
    /// <see cref="ResultRoom"/>.
    /// </summary>
    public bool IsFull { get; set; }

    /// <summary>Called whenever ended jobs are removed from the queue.</summary>
    public void OnRemoved()
    {
        Removals++;
        // The job whose deletion was held back may be the one that was removed.
        (_succeeded.Hold, _unsuccessful.Hold) = (null, null);
    }
}
