using Headrace.Core.Results;

namespace Headrace.Core;

/// <summary>
/// The process that opens a store. If another server finds the store in use, its error message names this process.
/// </summary>
internal sealed record StoreOwner(string Host, int ProcessId);

/// <summary>
/// A number that identifies the current ownership of the store. It is incremented each time a server opens the store.
/// Every commit checks the number, so that a former owner cannot write.
/// </summary>
internal readonly record struct Epoch(long Value);

/// <summary>The result of a commit (R5).</summary>
internal abstract record CommitResult
{
    /// <summary>The batch is on disk.</summary>
    public sealed record Durable : CommitResult;

    /// <summary>A transient failure: nothing was written, and the identical batch can be retried.</summary>
    public sealed record Later(Reason Why) : CommitResult
    {
        /// <summary>True if the disk is full. The server frees its ballast before it retries (R25).</summary>
        public bool NoRoom { get; init; }
    }

    /// <summary>
    /// The batch may or may not be on disk. Committing the identical batch again is safe, because the stored batch
    /// number shows whether it was written.
    /// </summary>
    public sealed record Unknown(Reason Why) : CommitResult;

    /// <summary>Another server owns the store.</summary>
    public sealed record Fenced : CommitResult;

    /// <summary>The store rejected these rows.</summary>
    public sealed record Refused(Reason Why) : CommitResult;

    /// <summary>The store or its disk failed permanently; the server must exit.</summary>
    public sealed record Broken(Reason Why) : CommitResult;
}

/// <summary>
/// Persistent storage for a shard. It contains no rules. Only one owner can have it open at a time. Commits are
/// sequential; reads may run concurrently with a commit and see either all of a batch or none of it.
/// </summary>
internal interface IJobStore : IAsyncDisposable
{
    /// <summary>The identity of the store and its schema version; available once the store is open.</summary>
    StoreRow Store { get; }

    /// <summary>
    /// Free bytes inside the store's own file after the last commit. New rows use this space before the file grows
    /// (R25). The value is 0 for a store without a file.
    /// </summary>
    long FreePageBytes => 0;

    /// <summary>Size of the store's file in bytes, including free pages; 0 for a store without a file.</summary>
    long FileBytes => 0;

    /// <summary>Size of the write-ahead log in bytes; 0 for a store without one.</summary>
    long LogBytes => 0;

    /// <summary>
    /// Takes ownership and increments the epoch. Throws <see cref="HeadraceException"/> if the store is in use, has a
    /// newer schema, or is unusable.
    /// </summary>
    Task<Epoch> OpenAsync(StoreOwner storeOwner, CancellationToken cancellationToken);

    /// <summary>
    /// Reads all state that is kept in memory in one pass: the shard row, counters, methods, workers, feeds with their
    /// ranges, registry documents, sweeps, then unfinished jobs by id.
    /// </summary>
    IAsyncEnumerable<StoredRow> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes a finished batch. If the batch is already on disk (same number, retried after <see
    /// cref="CommitResult.Unknown"/>), returns <see cref="CommitResult.Durable"/> again.
    /// </summary>
    Task<CommitResult> CommitAsync(Batch batch, Epoch epoch, CancellationToken cancellationToken);

    /// <summary>
    /// Performs the maintenance that is due after a commit, such as a checkpoint of the log. The owner calls it after
    /// each commit, once the responses have been sent and before it builds the next batch. Commands that arrive during
    /// the maintenance then join that batch instead of waiting for two commits. A failure is reported by the next
    /// commit.
    /// </summary>
    ValueTask MaintainAsync();

    /// <summary>Reads rows by key in one snapshot. Rows that do not exist are omitted.</summary>
    Task<IReadOnlyList<StoredRow>> ReadAsync(IReadOnlyList<RowKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Reads one page of jobs, unfinished and ended, in the given order. Stops when the time budget is exhausted, and
    /// returns the position it reached.
    /// </summary>
    Task<Page> QueryAsync(
        JobFilter filter,
        JobOrder order,
        Cursor after,
        int limit,
        TimeSpan budget,
        CancellationToken cancellationToken
    );
}
