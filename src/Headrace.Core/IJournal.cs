using Headrace.Core.Results;

namespace Headrace.Core;

/// <summary>Who opens a store: shown to whoever finds it taken.</summary>
internal sealed record Owner(string Host, int ProcessId);

/// <summary>
/// The number of an ownership; every commit is checked against it, so that a former owner writes nothing.
/// </summary>
internal readonly record struct Epoch(long Value);

/// <summary>What a journal says of a commit (R5).</summary>
internal abstract record CommitResult
{
    /// <summary>The batch is on disk.</summary>
    public sealed record Durable : CommitResult;

    /// <summary>Nothing was written and nothing is broken: the identical batch may be tried again.</summary>
    public sealed record Later(string Why) : CommitResult
    {
        /// <summary>The disk has no room for it: whoever keeps a reserve gives it up now (R25).</summary>
        public bool NoRoom { get; init; }
    }

    /// <summary>
    /// It may or may not be on disk; the identical batch, sent again, settles it (the shard's batch number tells).
    /// </summary>
    public sealed record Unknown(string Why) : CommitResult;

    /// <summary>Another owner has the store.</summary>
    public sealed record Fenced : CommitResult;

    /// <summary>The store refuses these rows.</summary>
    public sealed record Refused(string Why) : CommitResult;

    /// <summary>The store or its disk is broken: the owner ends.</summary>
    public sealed record Broken(string Why) : CommitResult;
}

/// <summary>
/// The storage port. It holds no rules. One owner at a time opens it; commits come one after the other; reads may run
/// beside a commit and see
/// either all of a batch or nothing of it.
/// </summary>
internal interface IJournal : IAsyncDisposable
{
    /// <summary>The identity of the store and the version of its schema; known once opened.</summary>
    StoreRow Store { get; }

    /// <summary>
    /// Bytes free inside the store's own file, as the last commit left it: rows go there before the file grows (R25). 0
    /// where there is no file.
    /// </summary>
    long SpareBytes => 0;

    /// <summary>
    /// Takes ownership and raises the epoch. Throws <see cref="HeadraceException"/> when the store is taken, newer, or
    /// unusable.
    /// </summary>
    Task<Epoch> OpenAsync(Owner owner, CancellationToken cancellationToken);

    /// <summary>
    /// Everything unfinished in one pass: the shard row, counters, methods, workers, feeds with their ranges, then
    /// unfinished jobs by id.
    /// </summary>
    IAsyncEnumerable<StoredRow> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes a sealed batch. A batch that is already on disk (same number, after Unknown) answers Durable again.
    /// </summary>
    Task<CommitResult> CommitAsync(Batch batch, Epoch epoch, CancellationToken cancellationToken);

    /// <summary>Reads rows by key in one snapshot; absent rows are absent from the answer.</summary>
    Task<IReadOnlyList<StoredRow>> ReadAsync(IReadOnlyList<RowKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// One page of jobs, live and ended, in the order asked for; stops looking when the budget is spent and says how
    /// far it came.
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
