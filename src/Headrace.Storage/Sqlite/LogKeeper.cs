using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Moves the write-ahead log into the file, between commits, and bounds it. SQLite's own moving is off: it would hold
/// up the answer to a commit, and it would repeat
/// a failed sync as if nothing had been (R5). A second connection that moves beside the commits was measured and gained
/// nothing: both wait for the same disk.
/// </summary>
internal sealed class LogKeeper(Database writer, LogBounds bounds)
{
    /// <summary>
    /// How long the writer waits, at the bound, for readers to leave the log: ours stay 100 ms at most (R25).
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Pages written since the log was last moved.</summary>
    private int _written;

    /// <summary>
    /// Why the file does not take the log any more; null while it does. A store with such a failure takes no commit:
    /// its owner ends (R5).
    /// </summary>
    public SqliteFailure? Failure { get; private set; }

    /// <summary>The next tidying moves the log, however little it has grown.</summary>
    public void MoveSoon() => _written = bounds.Step;

    /// <summary>
    /// After a commit has been answered: moves the log if it has grown enough. What readers still need of it stays, up
    /// to the bound.
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
            // A reader from outside stays, someone else moves the log just now, or the disk is full, which the next
            // commit will say. It is tried again a step later.
        }
        catch (SqliteFailure failure)
        {
            Failure = failure;
        }
    }

    /// <summary>Waits until no reader is in the log, so that the next commit begins it anew.</summary>
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
