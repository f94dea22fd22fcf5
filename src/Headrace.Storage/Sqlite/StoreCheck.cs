using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Looks through a file for damage before it is used, and changes nothing in it. Every page of every tree is read;
/// whether indexes agree with their tables is not:
/// that takes many times as long.
/// </summary>
internal static class StoreCheck
{
    /// <summary>
    /// True when all of it was looked at, false when the time was over first; throws, with file and remedy, for damage.
    /// </summary>
    public static bool Run(string path, TimeSpan budget, TimeProvider time)
    {
        var begin = time.GetTimestamp();
        // A store that is still to be made.
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
            return true;
        using var database = Database.Open(path, writable: false, TimeSpan.FromSeconds(2));
        database.EndWhen(() => time.GetElapsedTime(begin) >= budget);
        var statement = database.Prepare("PRAGMA quick_check(1)");
        try
        {
            statement.Step();
            var found = statement.TakeText();
            return found == "ok"
                ? true
                : throw new SqliteFailure(
                    SQLITE_CORRUPT,
                    $"The store '{path}' is damaged: {found.ReplaceLineEndings(" ")}. {FailureRule.Remedy(SQLITE_CORRUPT, path)}"
                );
        }
        catch (SqliteFailure over) when (over.Code == SQLITE_INTERRUPT)
        {
            return false;
        }
        finally
        {
            statement.Reset();
        }
    }
}
