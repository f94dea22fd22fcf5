using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>The only writing connection (R25). Only the store's writer thread uses it.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _advance;
    private readonly RowWriter _rows;
    private readonly FreePages _freePages;
    private readonly long _pageBytes;
    private readonly WalCheckpointer _checkpointer;
    private long _freePageBytes;
    private bool _broken;

    public SqliteWriter(Database database, WalLimits walLimits)
    {
        Database = database;
        _checkpointer = new WalCheckpointer(database, walLimits);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        // Checks the epoch and the batch number in one statement: no row matches if this is a former owner, or if the
        // batch is already stored.
        _advance = database.Prepare(
            """
            UPDATE shard SET batch = ?1, next_job = ?2, next_completion_number = ?3, committed_at = ?4,
                next_registry_version = ?5, next_delivery_epoch = ?6
            WHERE id = ?7 AND epoch = ?8 AND batch = ?1 - 1
            """
        );
        _rows = new RowWriter(database);
        _freePages = new FreePages(database);
        _pageBytes = database.QueryLong("PRAGMA page_size");
        _freePageBytes = CountFreePageBytes();
    }

    public Database Database { get; }

    /// <summary>
    /// Free bytes inside the file after the last commit. The writer thread sets the value; any thread can read it.
    /// </summary>
    public long FreePageBytes => Volatile.Read(ref _freePageBytes);

    /// <summary>Writes a batch in one transaction.</summary>
    public CommitResult Commit(Batch batch, ShardRow shard, Epoch epoch)
    {
        if (_checkpointer.Failure is { } failed)
            return new CommitResult.Broken(failed.Reason);
        RowChange? at = null;
        try
        {
            _begin.Run();
            _advance
                .Bind(shard.Batch)
                .Bind(shard.NextJob)
                .Bind(shard.NextCompletion)
                .Bind(shard.Now.Micros)
                .Bind(shard.NextRegistryVersion)
                .Bind(shard.NextDeliveryEpoch)
                .Bind(shard.Id)
                .Bind(epoch.Value)
                .Run();
            if (Database.Changes != 1)
                return DiagnoseConflict(shard, epoch);
            _rows.Write(batch.Changes, shard.Id, ref at);
            at = null;
            // The free pages are counted inside the transaction, because this reads one cached page and needs no extra
            // lock.
            _freePages.Release(batch.Changes, CountFreePageBytes() / _pageBytes);
            var spare = CountFreePageBytes();
            _commit.Run();
            _freePages.IsSuspended = false;
            Volatile.Write(ref _freePageBytes, spare);
            return new CommitResult.Durable();
        }
        catch (SqliteStoreException failure)
        {
            return ToCommitResult(failure, at);
        }
        finally
        {
            Database.RollBack();
            _checkpointer.CountPages();
        }
    }

    /// <summary>True if a checkpoint is due. The value changes only during a commit or a checkpoint.</summary>
    public bool IsCheckpointDue => _checkpointer.IsDue;

    /// <summary>
    /// Copies the pages of the WAL into the file. Called after the responses for the last commit have been sent.
    /// </summary>
    public void Checkpoint() => _checkpointer.Checkpoint();

    /// <summary>
    /// Closes the connection. When the last connection closes, SQLite normally runs a checkpoint and deletes the WAL. A
    /// failed store must skip this: SQLite would repeat the failed sync, which can falsely succeed, and then delete the
    /// WAL, which contains the only copy of the rows (R5).
    /// </summary>
    public void Dispose()
    {
        if (_broken || _checkpointer.Failure is not null)
            Database.SkipCheckpointOnClose();
        _rows.Dispose();
        Database.Dispose();
    }

    private long CountFreePageBytes() => Database.QueryLong("PRAGMA freelist_count") * _pageBytes;

    /// <summary>
    /// Only a failure while writing a row can be caused by the data in the rows. Any other failure that SQLite
    /// attributes to its caller is an error in the store, so no client request is rejected because of it.
    /// </summary>
    private CommitResult ToCommitResult(SqliteStoreException failure, RowChange? at)
    {
        var result = SqliteErrors.ToCommitResult(failure);
        if (result is CommitResult.Refused refused)
            result = at is null
                ? new CommitResult.Broken(refused.Why)
                : new CommitResult.Refused(Reason.Of($"{at.GetType().Name}: {refused.Why}"));
        _broken |= result is CommitResult.Broken;
        if (result is not CommitResult.Later { NoRoom: true })
            return result;
        _freePages.IsSuspended = true;
        // After a checkpoint, the next batch can reuse the space that the WAL already occupies.
        _checkpointer.CheckpointSoon();
        return result;
    }

    private CommitResult DiagnoseConflict(ShardRow shard, Epoch epoch)
    {
        var owner = Database.QueryLong("SELECT epoch FROM shard");
        var stored = Database.QueryLong("SELECT batch FROM shard");
        if (owner != epoch.Value)
            return new CommitResult.Fenced();
        // This is the identical batch, retried after an unknown result (R5).
        if (stored == shard.Batch)
            return new CommitResult.Durable();
        return new CommitResult.Broken(
            Reason.Of(
                $"Batch {shard.Batch} does not follow batch {stored}, the last committed one in "
                    + $"{Reason.Path(Database.Path, "the store")}."
            )
        );
    }
}
