using Headrace.Core;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>What a result code of SQLite means for a commit (R5), and what a person can do about it.</summary>
internal static class FailureRule
{
    public static CommitResult Judge(SqliteFailure failure) =>
        failure.Code switch
        {
            var code when Passes(code) => new CommitResult.Later(failure.Message) { NoRoom = failure.NoRoom },
            // What the rows themselves cause: the same rows would be refused again, on a sound disk too.
            SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH or SQLITE_RANGE or SQLITE_MISUSE or SQLITE_ERROR =>
                new CommitResult.Refused(failure.Message),
            _ => new CommitResult.Broken(failure.Message),
        };

    /// <summary>True for what another try may find gone: someone else's lock, a full disk.</summary>
    public static bool Passes(int code) => code is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_FULL or SQLITE_PROTOCOL;

    /// <summary>
    /// The primary result code. That the log's index cannot grow is said as an I/O error; it is a file of shared memory
    /// that is made anew at each start, and what keeps it
    /// from growing is a full disk. The log may hold the batch then, so the identical batch settles it (R5).
    /// </summary>
    public static int Primary(int code) => code == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : code & 0xFF;

    public static string Remedy(int code, string path) =>
        code switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => "Another program has it locked: end that program.",
            SQLITE_FULL => "The disk is full: free some space.",
            SQLITE_CORRUPT =>
                $"The file is damaged: restore a backup, or save what can be read with: sqlite3 '{path}' .recover",
            SQLITE_NOTADB =>
                "It is not a SQLite database, or its first page is damaged: restore a backup, or choose another data folder.",
            SQLITE_IOERR => "The disk failed: look into the system's log before starting again.",
            SQLITE_CANTOPEN => "Check that its folder exists and that this user may write there.",
            SQLITE_READONLY or SQLITE_PERM =>
                "This user may not write to it: check the owner and mode of the file and of its folder.",
            _ => "This is a fault of Headrace: please report it.",
        };
}
