using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Runs WAL checkpoints between commits and limits the size of the WAL. SQLite's auto-checkpointing is off because it
/// would delay the commit acknowledgement and would silently retry a failed sync (R5). Measurements showed no gain from
/// a second connection for checkpoints, because both connections wait for the same disk.
/// </summary>
internal sealed class WalCheckpointer(Database writer, WalLimits walLimits)
{
    /// <summary>
    /// Maximum time that the writer waits for readers to leave the WAL once the WAL has reached its size limit.
    /// Headrace's own reads take at most 100 ms (R25).
    /// </summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>Pages written since the last checkpoint.</summary>
    private int _pagesSinceCheckpoint;

    /// <summary>
    /// The permanent failure of checkpoints; null while they succeed. After a permanent failure, the store accepts no
    /// commits and the server exits (R5).
    /// </summary>
    public SqliteStoreException? Failure { get; private set; }

    /// <summary>
    /// True if enough pages have been written since the last checkpoint, or if a commit ran out of disk space.
    /// </summary>
    public bool IsDue => _pagesSinceCheckpoint >= walLimits.CheckpointPages && Failure is null;

    /// <summary>Makes a checkpoint due regardless of the size of the WAL.</summary>
    public void CheckpointSoon() => _pagesSinceCheckpoint = walLimits.CheckpointPages;

    /// <summary>Counts the pages that a commit wrote.</summary>
    public void CountPages() => Run(() => _pagesSinceCheckpoint += writer.TakePagesWritten());

    /// <summary>
    /// Runs a checkpoint. Pages that readers still need stay in the WAL, up to the size limit.
    /// </summary>
    public void Checkpoint() =>
        Run(() =>
        {
            _pagesSinceCheckpoint = 0;
            if (writer.Checkpoint(SQLITE_CHECKPOINT_PASSIVE) >= walLimits.MaxPages)
                RestartWal();
        });

    private void Run(Action work)
    {
        try
        {
            work();
        }
        catch (SqliteStoreException failure) when (failure.IsTransient)
        {
            // Another process is reading or running a checkpoint, or the disk is full. The checkpoint is retried after
            // the next interval. If the disk is full, the next commit reports it.
        }
        catch (SqliteStoreException failure)
        {
            Failure = failure;
        }
    }

    /// <summary>
    /// Waits until no reader is using the WAL, so that the next commit can overwrite it from the start.
    /// </summary>
    private void RestartWal()
    {
        writer.WaitForLocks(LockTimeout);
        try
        {
            writer.Checkpoint(SQLITE_CHECKPOINT_RESTART);
        }
        finally
        {
            writer.WaitForLocks(StoreFile.CommitLockTimeout);
        }
    }
}
