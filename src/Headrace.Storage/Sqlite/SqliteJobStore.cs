using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Results;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The embedded job store: one SQLite file in WAL mode, with one writing connection on a separate thread and a few
/// reading connections (R25). The process holds a lock on the data folder; in addition, the epoch prevents a former
/// owner from writing.
/// </summary>
internal sealed class SqliteJobStore : IJobStore
{
    /// <summary>Number of rows read from the file at a time while loading.</summary>
    private const int LoadChunk = 1_000;

    private readonly string _path;
    private readonly Durability _durability;
    private readonly TimeProvider _time;
    private readonly StoreId _identity;
    private readonly WalLimits _walLimits;
    private readonly StoreThread _thread = new("writer");
    private readonly ReaderPool _readers;
    private readonly RecentPayloads _recent = new();
    private SqliteWriter? _writer;
    private StoreRow? _store;

    /// <summary>Creates a job store for the file at the given path. A new store gets the given identity.</summary>
    public SqliteJobStore(string path, Durability durability, TimeProvider time, StoreId identity, WalLimits walLimits)
    {
        _path = Path.GetFullPath(path);
        (_durability, _time, _identity, _walLimits) = (durability, time, identity, walLimits);
        _readers = new ReaderPool(_path);
    }

    public StoreRow Store => _store ?? throw new InvalidOperationException("The job store is not open.");

    public long FreePageBytes => _writer?.FreePageBytes ?? 0;

    public long FileBytes => LengthOf(_path);

    public long LogBytes => LengthOf(_path + "-wal");

    public static SqliteJobStore Create(string path, Durability durability, TimeProvider time) =>
        new(
            path,
            durability,
            time,
            new StoreId(RandomNumberGenerator.GetHexString(32, lowercase: true)),
            WalLimits.Default
        );

    public Task<Epoch> OpenAsync(StoreOwner storeOwner, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _thread.RunAsync(() => Open(storeOwner));
    }

    public async IAsyncEnumerable<StoredRow> LoadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new Reader(Database.Open(_path, writable: false, TimeSpan.FromSeconds(1)));
        using var rows = reader.Load().GetEnumerator();
        List<StoredRow> chunk;
        do
        {
            chunk = await Task.Run(() => Take(rows), cancellationToken);
            foreach (var row in chunk)
                yield return row;
        } while (chunk.Count == LoadChunk);
    }

    /// <summary>
    /// Commits a batch. The token cancels only a commit that has not started; a running commit always completes.
    /// </summary>
    public Task<CommitResult> CommitAsync(Batch batch, Epoch epoch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var shard = batch.Shard ?? throw new ArgumentException("The batch is not finished.", nameof(batch));
        var writer = _writer ?? throw new InvalidOperationException("The job store is not open.");
        return _thread.RunInlineAsync(() =>
        {
            var result = writer.Commit(batch, shard, epoch);
            if (result is CommitResult.Durable)
                _recent.OnCommitted(batch.Changes, shard.Now);
            return result;
        });
    }

    /// <summary>
    /// Runs a checkpoint if enough pages have been written, or if the last commit ran out of disk space.
    /// </summary>
    public ValueTask MaintainAsync() =>
        _writer is { IsCheckpointDue: true } writer
            ? new ValueTask(
                _thread.RunInlineAsync(() =>
                {
                    writer.Checkpoint();
                    return true;
                })
            )
            : ValueTask.CompletedTask;

    public async Task<IReadOnlyList<StoredRow>> ReadAsync(
        IReadOnlyList<RowKey> keys,
        CancellationToken cancellationToken
    ) =>
        _recent.TryRead(keys, out var recent)
            ? recent
            : await _readers.ReadAsync(reader => reader.Read(keys), cancellationToken);

    public Task<Page> QueryAsync(
        JobFilter filter,
        JobOrder order,
        Cursor after,
        int limit,
        TimeSpan budget,
        CancellationToken cancellationToken
    ) =>
        _readers.ReadAsync(
            reader =>
            {
                using var snapshot = new Snapshot(reader.Database);
                return new JobSearch(reader.Database, filter, order, _time).Find(after, limit, budget);
            },
            cancellationToken
        );

    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await _thread.DisposeAsync();
        _writer?.Dispose();
    }

    private Epoch Open(StoreOwner storeOwner)
    {
        if (_writer is not null)
            throw new InvalidOperationException("The job store is already open.");
        var database = StoreFile.Open(_path, _durability);
        try
        {
            (_store, var epoch) = StoreFile.TakeOwnership(database, _identity, storeOwner);
            _writer = new SqliteWriter(database, _walLimits);
            return epoch;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static List<StoredRow> Take(IEnumerator<StoredRow> rows)
    {
        var chunk = new List<StoredRow>(LoadChunk);
        while (chunk.Count < LoadChunk && rows.MoveNext())
            chunk.Add(rows.Current);
        return chunk;
    }
}
