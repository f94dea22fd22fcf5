using Headrace.Core;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>Maps SQLite result codes to the result of a commit (R5) and to a remedy for the operator.</summary>
internal static class SqliteErrors
{
    public static CommitResult ToCommitResult(SqliteStoreException failure) =>
        failure.Code switch
        {
            var code when IsTransient(code) => new CommitResult.Later(failure.Reason) { NoRoom = failure.DiskFull },
            // The rows themselves cause these errors: a retry would fail again, even on a healthy disk.
            SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH or SQLITE_RANGE or SQLITE_MISUSE or SQLITE_ERROR =>
                new CommitResult.Refused(failure.Reason),
            _ => new CommitResult.Broken(failure.Reason),
        };

    /// <summary>
    /// True for failures that might not recur when the operation is retried, such as a lock held by another process or
    /// a full disk.
    /// </summary>
    public static bool IsTransient(int code) => code is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_FULL or SQLITE_PROTOCOL;

    /// <summary>
    /// Returns the primary result code. SQLite reports an I/O error when the WAL index cannot grow. The index is a
    /// shared-memory file that is recreated at each start, and the cause is a full disk, so the code is mapped to a
    /// full disk. The WAL may already contain the batch; committing the identical batch again is safe (R5).
    /// </summary>
    public static int PrimaryCode(int code) => code == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : code & 0xFF;

    /// <summary>The store, worded as the subject of a sentence.</summary>
    public static Reason Store(string path) => new($"The store '{path}'", "The store");

    public static Reason Remedy(int code, string path) =>
        code switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL =>
                "Another program has locked the file. Stop that program.",
            SQLITE_FULL => "The disk is full. Free some disk space.",
            SQLITE_CORRUPT => Reason.Of(
                $"The file is damaged. Restore a backup, or recover the readable data with: sqlite3 "
                    + $"{Reason.Path(path, "FILE")} .recover"
            ),
            SQLITE_NOTADB => "The file is not a SQLite database, or its first page is damaged. Restore a backup, or "
                + "choose another data folder.",
            SQLITE_IOERR => "The disk reported an I/O error. Check the system log before you restart the server.",
            SQLITE_CANTOPEN => "Check that the store's folder exists and that this user can write to it.",
            SQLITE_READONLY or SQLITE_PERM =>
                "This user has no write permission. Check the owner and mode of the file and its folder.",
            _ => "This is a bug in Headrace. Please report it.",
        };
}
