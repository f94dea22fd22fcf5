namespace Headrace.Storage.Sqlite;

/// <summary>
/// The log in pages of 16 KB: it is moved into the file after each <paramref name="Step"/> written, and made to start
/// over at <paramref name="Most"/>.
/// </summary>
internal sealed record LogBounds(int Step, int Most)
{
    /// <summary>
    /// 16 MB, as SQLite has it with 4 KB pages and two full batches: a page changed often is moved once. At most 64 MB:
    /// quickly read after a crash.
    /// </summary>
    public static readonly LogBounds Default = new(Step: 1_000, Most: 4_000);
}
