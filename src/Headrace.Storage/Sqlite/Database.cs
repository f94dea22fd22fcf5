using Headrace.Core;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// One connection to a SQLite file. Only one thread uses it at a time, so SQLite's own mutexes are off.
/// </summary>
internal sealed class Database : IDisposable
{
    /// <summary>
    /// Number of SQLite virtual machine steps between two progress callbacks. This many steps take well under a
    /// millisecond.
    /// </summary>
    private const int ProgressSteps = 10_000;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = [];

    private Database(sqlite3 handle, string path) => (_handle, Path) = (handle, path);

    public string Path { get; }

    /// <summary>
    /// A cache of names and short texts, so that a million jobs in one queue share a single string for its name.
    /// </summary>
    public TextCache Texts { get; } = new();

    public bool InTransaction => sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Opens an existing file. An empty file is treated as an empty database.</summary>
    public static Database Open(string path, bool writable, TimeSpan lockTimeout)
    {
        Batteries_V2.Init();
        var flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
        var code = sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Database(handle, path);
        try
        {
            database.Check(code, "open");
            database.Check(sqlite3_extended_result_codes(handle, 1), "set up");
            database.WaitForLocks(lockTimeout);
            // cell_size_check makes SQLite report a page with overlapping cells as damaged instead of misreading it.
            database.Execute("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Sets how long to wait for a lock held by another connection before the operation fails.</summary>
    public void WaitForLocks(TimeSpan lockTimeout) =>
        Check(sqlite3_busy_timeout(_handle, (int)lockTimeout.TotalMilliseconds), "set up");

    /// <summary>Executes SQL that returns no rows.</summary>
    public void Execute(string sql) => Check(sqlite3_exec(_handle, sql), sql);

    /// <summary>Returns the prepared statement for this SQL text. Each statement is prepared once and cached.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
            return known;
        Check(sqlite3_prepare_v3(_handle, sql, SQLITE_PREPARE_PERSISTENT, out var handle), sql);
        var statement = new Statement(this, handle, sql);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Executes a query and returns the first column of its first row as a number.</summary>
    public long QueryLong(string sql)
    {
        var statement = Prepare(sql);
        try
        {
            return statement.Step()
                ? statement.ReadLong()
                : throw new HeadraceException($"The store '{Path}' returned no row for the query: {sql}");
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>
    /// Rolls back the open transaction, if there is one. After some failures, SQLite has already rolled it back.
    /// </summary>
    public void RollBack()
    {
        if (InTransaction)
            _ = sqlite3_exec(_handle, "ROLLBACK");
    }

    /// <summary>Number of rows changed by the last statement.</summary>
    public int Changes => sqlite3_changes(_handle);

    /// <summary>Number of pages that this connection wrote since the previous call.</summary>
    public int TakePagesWritten()
    {
        Check(
            sqlite3_db_status(_handle, SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1),
            "count pages"
        );
        return pages;
    }

    /// <summary>Runs a checkpoint in the given mode and returns the number of pages in the WAL.</summary>
    public int Checkpoint(int mode)
    {
        Check(sqlite3_wal_checkpoint_v2(_handle, null, mode, out var pages, out _), "checkpoint");
        return pages;
    }

    /// <summary>Disables the checkpoint that SQLite runs when the last connection closes.</summary>
    public void SkipCheckpointOnClose() =>
        Check(sqlite3_db_config(_handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _), "set up");

    /// <summary>
    /// Interrupts any statement on this connection once <paramref name="isOver"/> returns true. SQLite calls <paramref
    /// name="isOver"/> periodically.
    /// </summary>
    public void InterruptWhen(Func<bool> isOver) =>
        sqlite3_progress_handler(_handle, ProgressSteps, _ => isOver() ? 1 : 0, null);

    public void Check(int code, string operation)
    {
        if (code is SQLITE_OK or SQLITE_ROW or SQLITE_DONE)
            return;
        var primary = SqliteErrors.PrimaryCode(code);
        var said = _handle.IsInvalid ? sqlite3_errstr(code).utf8_to_string() : sqlite3_errmsg(_handle).utf8_to_string();
        throw new SqliteStoreException(
            primary,
            Reason.Of(
                $"{SqliteErrors.Store(Path)} failed: {said} (SQLite result code {code}, during: "
                    + $"{Abbreviate(operation)}). {SqliteErrors.Remedy(primary, Path)}"
            )
        );
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _handle.Dispose();
    }

    private static string Abbreviate(string sql) => sql.Length <= 60 ? sql : string.Concat(sql.AsSpan(0, 60), "…");
}
