using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Results;

namespace Headrace.Storage.Memory;

/// <summary>
/// A job store in memory, for tests and temporary servers. Each instance is a new store with its own identity (R9), and
/// every commit is durable at once. A store can be opened again to simulate a restart after a crash.
/// </summary>
internal sealed class MemoryJobStore(TimeProvider time, StoreId identity) : IJobStore
{
    /// <summary>
    /// Guards all fields below. Commits, reads and searches run one at a time, so each of them sees only complete
    /// batches.
    /// </summary>
    private readonly Lock _lock = new();
    private readonly MemoryTables _tables = new();
    private long _epoch;

    public StoreRow Store { get; } = new(identity, StoreVersion.Current);

    public static MemoryJobStore Create(TimeProvider time) =>
        new(time, new StoreId(RandomNumberGenerator.GetHexString(32, lowercase: true)));

    public Task<Epoch> OpenAsync(StoreOwner storeOwner, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult(new Epoch(++_epoch));
    }

    public IAsyncEnumerable<StoredRow> LoadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return _tables.Unfinished().ToList().ToAsyncEnumerable();
    }

    /// <summary>Does nothing: memory needs no maintenance.</summary>
    public ValueTask MaintainAsync() => ValueTask.CompletedTask;

    public Task<CommitResult> CommitAsync(Batch batch, Epoch epoch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shard = batch.Shard ?? throw new ArgumentException("The batch is not finished.", nameof(batch));
        lock (_lock)
            return Task.FromResult(Commit(batch, shard, epoch));
    }

    public Task<IReadOnlyList<StoredRow>> ReadAsync(IReadOnlyList<RowKey> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult<IReadOnlyList<StoredRow>>([.. keys.SelectMany(_tables.Read)]);
    }

    public Task<Page> QueryAsync(
        JobFilter filter,
        JobOrder order,
        Cursor after,
        int limit,
        TimeSpan budget,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult(new MemorySearch(_tables, filter, order, time).Find(after, limit, budget));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private CommitResult Commit(Batch batch, ShardRow shard, Epoch epoch)
    {
        if (epoch.Value != _epoch)
            return new CommitResult.Fenced();
        var stored = _tables.Shard.Batch;
        if (shard.Batch == stored)
            return new CommitResult.Durable();
        if (shard.Batch != stored + 1)
            return new CommitResult.Broken(
                $"Batch {shard.Batch} does not follow batch {stored}, the last committed one."
            );
        return _tables.Apply(batch.Changes, shard) is { } fault
            ? new CommitResult.Refused(fault)
            : new CommitResult.Durable();
    }
}
