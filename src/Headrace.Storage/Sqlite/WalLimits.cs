namespace Headrace.Storage.Sqlite;

/// <summary>
/// Limits of the write-ahead log, in pages of 16 KB. A checkpoint runs after every <paramref name="CheckpointPages"/>
/// pages written; at <paramref name="MaxPages"/> pages, the WAL is restarted.
/// </summary>
internal sealed record WalLimits(int CheckpointPages, int MaxPages)
{
    /// <summary>
    /// A checkpoint runs after every 16 MB written. SQLite's default is the same number of pages, but with 4 KB per
    /// page. The interval covers two full batches, so a page that changes often is copied only once. The WAL grows to
    /// at most 64 MB, which is read quickly after a crash.
    /// </summary>
    public static readonly WalLimits Default = new(CheckpointPages: 1_000, MaxPages: 4_000);
}
