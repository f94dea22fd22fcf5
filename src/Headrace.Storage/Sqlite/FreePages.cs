using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Returns free pages of the file to the file system in small steps, as part of commits. Deleted jobs leave free pages,
/// which new rows use first. Some free pages stay in the file, because moving a page costs as much as writing one.
/// </summary>
internal sealed class FreePages(Database database)
{
    /// <summary>
    /// The number of free pages that always stay in the file: 16 MB, which new rows fill within seconds.
    /// </summary>
    private const long MinKept = 1_024;

    /// <summary>The fraction of the file that may be free: one eighth.</summary>
    private const long KeptFraction = 8;

    /// <summary>
    /// The number of pages that one commit returns. To return a page, SQLite may have to move a page of 16 KB from the
    /// end of the file. Deleting 100 small jobs frees about 4 pages.
    /// </summary>
    private const int PagesPerDeletion = 16;
    private const int PagesPerCommit = 2;

    /// <summary>
    /// True after a commit ran out of disk space, until a commit succeeds. No pages are returned during this time,
    /// because moving pages also requires space.
    /// </summary>
    public bool IsSuspended { get; set; }

    /// <summary>
    /// Returns some of the free pages, within the transaction that contains these changes.
    /// </summary>
    public void Release(IReadOnlyList<RowChange> changes, long freePages)
    {
        if (freePages <= MinKept || IsSuspended)
            return;
        var excess = freePages - Math.Max(MinKept, database.QueryLong("PRAGMA page_count") / KeptFraction);
        if (excess <= 0)
            return;
        var pages = Math.Min(excess, HasDeletion(changes) ? PagesPerDeletion : PagesPerCommit);
        database.Execute($"PRAGMA incremental_vacuum({pages})");
    }

    private static bool HasDeletion(IReadOnlyList<RowChange> changes)
    {
        foreach (var change in changes)
            if (change is RowChange.JobDeleted)
                return true;
        return false;
    }
}
