using System.Globalization;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>The one connection that writes (R25). It belongs to the journal's thread.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _advance;
    private readonly RowWriter _rows;
    private readonly long _pageBytes;
    private readonly LogKeeper _log;
    private long _spareBytes;
    private bool _broken;

    public SqliteWriter(Database database, LogBounds bounds)
    {
        Database = database;
        _log = new LogKeeper(database, bounds);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        // Fence and batch number in one: no row matches for a former owner, nor for a batch that is already there.
        _advance = database.Prepare(
            """
            UPDATE shard SET batch = ?1, next_job = ?2, next_completion_number = ?3, committed_at = ?4
            WHERE id = ?5 AND epoch = ?6 AND batch = ?1 - 1
            """
        );
        _rows = new RowWriter(database);
        _pageBytes = database.Number("PRAGMA page_size");
        _spareBytes = CountSpareBytes();
    }

    public Database Database { get; }

    /// <summary>
    /// Bytes of the file's free pages, as of the last commit. Written by the journal's thread, read by any.
    /// </summary>
    public long SpareBytes => Volatile.Read(ref _spareBytes);

    /// <summary>One transaction: all of the batch, or nothing of it.</summary>
    public CommitResult Commit(Batch batch, ShardRow shard, Epoch epoch)
    {
        if (_log.Failure is { } broken)
            return Judge(broken);
        RowChange? at = null;
        try
        {
            _begin.Run();
            _advance
                .Put(shard.Batch)
                .Put(shard.NextJob)
                .Put(shard.NextFinish)
                .Put(shard.Now.Micros)
                .Put(shard.Id)
                .Put(epoch.Value)
                .Run();
            if (Database.Changes != 1)
                return WhyNot(shard, epoch);
            _rows.Write(batch.Changes, shard.Id, ref at);
            // Asked inside the transaction, where it costs a look at a page in memory and no lock.
            var spare = CountSpareBytes();
            _commit.Run();
            Volatile.Write(ref _spareBytes, spare);
            return new CommitResult.Durable();
        }
        catch (SqliteFailure failure)
        {
            var result = Judge(failure);
            return result is CommitResult.Refused refused && at is not null
                ? new CommitResult.Refused($"{at.GetType().Name}: {refused.Why}")
                : result;
        }
        finally
        {
            Database.RollBack();
        }
    }

    /// <summary>What is left to do when a commit has been answered.</summary>
    public void TidyUp() => _log.TidyUp();

    /// <summary>
    /// The last connection to close moves the rest of the log into the file and removes it; of a broken store it leaves
    /// everything as it is: it would sync again
    /// what failed to sync, hear that all is well, and throw away the log, the only place where the rows are (R5).
    /// </summary>
    public void Dispose()
    {
        if (_broken || _log.Failure is not null)
            Database.LeaveLog();
        _rows.Dispose();
        Database.Dispose();
    }

    private long CountSpareBytes() => Database.Number("PRAGMA freelist_count") * _pageBytes;

    private CommitResult Judge(SqliteFailure failure)
    {
        var result = FailureRule.Judge(failure);
        _broken |= result is CommitResult.Broken;
        // The log, once it has been moved, takes the batch in the room that it has.
        if (result is CommitResult.Later { NoRoom: true })
            _log.MoveSoon();
        return result;
    }

    private CommitResult WhyNot(ShardRow shard, Epoch epoch)
    {
        var owner = Database.Number("SELECT epoch FROM shard");
        var stored = Database.Number("SELECT batch FROM shard");
        if (owner != epoch.Value)
            return new CommitResult.Fenced();
        // The identical batch again, after an unknown outcome (R5).
        if (stored == shard.Batch)
            return new CommitResult.Durable();
        return new CommitResult.Refused(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Batch {shard.Batch} does not follow batch {stored}, the last one in '{Database.Path}'."
            )
        );
    }
}
