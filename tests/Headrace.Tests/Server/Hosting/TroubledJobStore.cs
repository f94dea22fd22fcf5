using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Storage.Memory;

namespace Headrace.Tests.Server.Hosting;

/// <summary>A memory store whose disk failures the test controls.</summary>
internal sealed class TroubledJobStore(TimeProvider time) : IJobStore
{
    private readonly MemoryJobStore _inner = MemoryJobStore.Create(time);

    /// <summary>
    /// The result that subsequent commits return without committing anything; null to commit normally.
    /// </summary>
    public volatile CommitResult? Says;

    /// <summary>While this is set, commits wait until it completes.</summary>
    public TaskCompletionSource? Hold;

    /// <summary>Called before each read; it can delay the read or make it fail.</summary>
    public Func<IReadOnlyList<RowKey>, Task>? OnRead;

    /// <summary>Called with each batch before it is committed or held.</summary>
    public Action<Batch>? OnCommit;

    /// <summary>The maintenance that follows each commit; null if none is due.</summary>
    public Func<Task>? OnMaintain;

    public int Commits;

    /// <summary>The number of jobs that each durable commit added.</summary>
    public readonly ConcurrentQueue<int> JobsPerCommit = [];

    /// <summary>The number of commits that are waiting or have finished waiting.</summary>
    public int Held;

    public StoreRow Store => _inner.Store;

    public Task<Epoch> OpenAsync(StoreOwner storeOwner, CancellationToken cancellationToken) =>
        _inner.OpenAsync(storeOwner, cancellationToken);

    public IAsyncEnumerable<StoredRow> LoadAsync(CancellationToken cancellationToken) =>
        _inner.LoadAsync(cancellationToken);

    public async Task<CommitResult> CommitAsync(Batch batch, Epoch epoch, CancellationToken cancellationToken)
    {
        OnCommit?.Invoke(batch);
        if (Hold is { } hold)
        {
            Interlocked.Increment(ref Held);
            await hold.Task;
        }
        if (Says is { } instead)
            return instead;
        Interlocked.Increment(ref Commits);
        JobsPerCommit.Enqueue(batch.Changes.Count(change => change is RowChange.JobAdded));
        return await _inner.CommitAsync(batch, epoch, cancellationToken);
    }

    public ValueTask MaintainAsync() => new(OnMaintain?.Invoke() ?? Task.CompletedTask);

    public async Task<IReadOnlyList<StoredRow>> ReadAsync(
        IReadOnlyList<RowKey> keys,
        CancellationToken cancellationToken
    )
    {
        if (OnRead is { } before)
            await before(keys);
        return await _inner.ReadAsync(keys, cancellationToken);
    }

    public Task<Page> QueryAsync(
        JobFilter filter,
        JobOrder order,
        Cursor after,
        int limit,
        TimeSpan budget,
        CancellationToken cancellationToken
    ) => _inner.QueryAsync(filter, order, after, limit, budget, cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
