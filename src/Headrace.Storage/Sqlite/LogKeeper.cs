using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Runs WAL checkpoints between commits and limits the size of the WAL. SQLite's auto-checkpointing is off because it
/// would delay the commit acknowledgement and would silently retry a failed sync (R5). A second connection for
/// checkpoints was measured and gained nothing, because both wait for the same disk.
/// </summary>
internal sealed class LogKeeper(Database writer, LogBounds bounds)
{
    /// <summary>
    /// Maximum time the writer waits, at the size limit, for readers to leave the WAL. Headrace's own reads take at
    /// most 100 ms (R25).
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Pages written since the last checkpoint.</summary>
    private int _written;

    /// <summary>
    /// Why checkpoints fail permanently; null while they succeed. A store with such a failure accepts no commits, and
    /// the server exits (R5).
    /// </summary>
    public SqliteFailure? Failure { get; private set; }

    /// <summary>Makes the next call run a checkpoint regardless of the size of the WAL.</summary>
    public void MoveSoon() => _written = bounds.Step;

    /// <summary>
    /// Called after a commit was acknowledged. Runs a checkpoint if enough pages were written. Pages that readers still
    /// need stay in the WAL, up to the size limit.
    /// </summary>
    public void TidyUp()
    {
        if (Failure is not null)
            return;
        try
        {
            _written += writer.TakePagesWritten();
            if (_written < bounds.Step)
                return;
            _written = 0;
            if (writer.Checkpoint(SQLITE_CHECKPOINT_PASSIVE) >= bounds.Most)
                StartOver();
        }
        catch (SqliteFailure failure) when (failure.IsTransient)
        {
            // Another process is reading or running a checkpoint, or the disk is full, which the next commit will
            // report. The checkpoint is retried after the next interval.
        }
        catch (SqliteFailure failure)
        {
            Failure = failure;
        }
    }

    /// <summary>Waits until no reader uses the WAL, so that the next commit overwrites it from the start.</summary>
    private void StartOver()
    {
        writer.WaitForLocks(Patience);
        try
        {
            writer.Checkpoint(SQLITE_CHECKPOINT_RESTART);
        }
        finally
        {
            writer.WaitForLocks(StoreFile.CommitPatience);
        }
    }
}
