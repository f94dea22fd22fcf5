using Headrace.Core;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Checks a file for damage before it is used, without changing it. The check reads every page of every tree. It does
/// not compare indexes with their tables, which would take many times as long.
/// </summary>
internal static class StoreCheck
{
    /// <summary>
    /// Returns true if the whole file was checked, and false if the time budget ran out first. Throws if the file is
    /// damaged; the message names the file and the remedy.
    /// </summary>
    public static bool Run(string path, TimeSpan budget, TimeProvider time)
    {
        var begin = time.GetTimestamp();
        // The store has not been created yet.
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return true;
        using var database = Database.Open(path, writable: false, TimeSpan.FromSeconds(2));
        database.InterruptWhen(() => time.GetElapsedTime(begin) >= budget);
        var statement = database.Prepare("PRAGMA quick_check(1)");
        try
        {
            statement.Step();
            var found = statement.ReadText();
            return found == "ok"
                ? true
                : throw new SqliteStoreException(
                    SQLITE_CORRUPT,
                    Reason.Of(
                        $"{SqliteErrors.Store(path)} is damaged: {found.ReplaceLineEndings(" ")}. "
                            + $"{SqliteErrors.Remedy(SQLITE_CORRUPT, path)}"
                    )
                );
        }
        catch (SqliteStoreException over) when (over.Code == SQLITE_INTERRUPT)
        {
            return false;
        }
        finally
        {
            statement.Reset();
        }
    }
}
