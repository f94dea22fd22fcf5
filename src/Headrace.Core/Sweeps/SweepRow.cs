using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Core.Retention;

namespace Headrace.Core.Sweeps;

/// <summary>The action of a sweep for each job. The numeric values are stored and must never change.</summary>
internal enum SweepAction : byte
{
    Cancel = 1,
    Retry = 2,
    Prioritize = 3,
    Move = 4,
    Delete = 5,
}

/// <summary>The state of a sweep. The numeric values are stored and must never change.</summary>
internal enum SweepState : byte
{
    Running = 1,
    Done = 2,
    Stopped = 3,
}

/// <summary>
/// A change to many jobs that takes several commands (R3). It visits the jobs that existed when it was created, newest
/// first, and each of them at most once. The row is written in the commit of each step, so a sweep continues where it
/// stopped after a restart.
/// </summary>
/// <param name="Id">The number of the sweep.</param>
/// <param name="Action">The action for each job.</param>
/// <param name="Filter">
/// Selects the jobs that the sweep visits. Its times are absolute, so it selects the same jobs in every step.
/// </param>
/// <param name="Owner">Who created the sweep.</param>
/// <param name="Started">When the sweep was created.</param>
internal sealed record SweepRow(long Id, SweepAction Action, JobFilter Filter, string Owner, Instant Started)
    : StoredRow
{
    /// <summary>The sweep visits only jobs with ids below this value.</summary>
    public required long JobBound { get; init; }

    /// <summary>
    /// The sweep visits only ended jobs with completion numbers below this value, so that it never retries a job twice.
    /// </summary>
    public required long CompletionBound { get; init; }

    /// <summary>The new priority, for <see cref="SweepAction.Prioritize"/>.</summary>
    public int Priority { get; init; }

    /// <summary>The new queue, for <see cref="SweepAction.Move"/>.</summary>
    public QueueName? Queue { get; init; }

    /// <summary>The limits on the unfinished jobs of the owner, for retries; null if there are none.</summary>
    public OwnerQuota? Quota { get; init; }

    /// <summary>
    /// The idempotency key of the request that created the sweep; null if it had none. The key is kept for as long as
    /// the sweep.
    /// </summary>
    public IdempotencyKey? Key { get; init; }

    public SweepState State { get; init; } = SweepState.Running;

    /// <summary>Jobs with this id or a larger one have been visited.</summary>
    public required long Cursor { get; init; }

    /// <summary>Number of jobs that the sweep has examined, whether or not they match.</summary>
    public long Examined { get; init; }

    /// <summary>Number of jobs that the sweep has changed.</summary>
    public long Changed { get; init; }

    /// <summary>
    /// Number of matching jobs that the sweep could not change, for example because they were running.
    /// </summary>
    public long Skipped { get; init; }

    /// <summary>When the sweep finished or was stopped; null while it is running.</summary>
    public Instant? Ended { get; init; }

    /// <summary>
    /// The condition that the sweep is waiting for, such as capacity in a queue; null if it is not waiting.
    /// </summary>
    public string? Waiting { get; init; }
}

/// <summary>
/// The jobs that a read of <see cref="RowKey.SweepPage"/> found, newest first. Each is an <see cref="EndedJob"/> if the
/// sweep deletes jobs. <paramref name="Next"/> is the cursor for the next page; null on the last page.
/// </summary>
internal sealed record SweepPageRow(IReadOnlyList<StoredRow> Rows, long From, long? Next, int Examined) : StoredRow
{
    /// <summary>Returns the page that a search found for a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="page">The jobs found.</param>
    /// <param name="forDeletion">Reads the information needed to delete a job.</param>
    public static SweepPageRow Of(SweepRow sweep, Page page, Func<JobId, EndedJob> forDeletion) =>
        new(
            sweep.Action == SweepAction.Delete
                ? [.. page.Rows.Select(row => forDeletion(((DoneRow)row).Job.Id))]
                : page.Rows,
            sweep.Cursor,
            page.Next?.Key,
            page.Examined
        );
}
