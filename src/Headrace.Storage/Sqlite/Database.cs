using Headrace.Core;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>One connection to a SQLite file. Used by one thread at a time; SQLite's own mutexes are off.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>Steps of SQLite's machine between two questions: well below a millisecond.</summary>
    private const int ProgressSteps = 10_000;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = [];

    private Database(sqlite3 handle, string path) => (_handle, Path) = (handle, path);

    public string Path { get; }

    /// <summary>Names and short texts read before: a million jobs of one queue share one string.</summary>
    public TextCache Texts { get; } = new();

    public bool InTransaction => sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Opens the file, which must exist; an empty one is an empty database.</summary>
    public static Database Open(string path, bool writable, TimeSpan patience)
    {
        Batteries_V2.Init();
        var flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
        var code = sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Database(handle, path);
        try
        {
            database.Check(code, "open");
            database.Check(sqlite3_extended_result_codes(handle, 1), "set up");
            database.WaitForLocks(patience);
            // A page whose cells overlap is reported as damaged, not read as something else.
            database.Execute("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>How long to wait for another connection's lock before that is a failure.</summary>
    public void WaitForLocks(TimeSpan patience) =>
        Check(sqlite3_busy_timeout(_handle, (int)patience.TotalMilliseconds), "set up");

    /// <summary>Runs statements that give no rows.</summary>
    public void Execute(string sql) => Check(sqlite3_exec(_handle, sql), sql);

    /// <summary>The prepared statement for this text: made once, used again and again.</summary>
    public Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
            return known;
        Check(sqlite3_prepare_v3(_handle, sql, SQLITE_PREPARE_PERSISTENT, out var handle), sql);
        var statement = new Statement(this, handle, sql);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>The first number of the first row.</summary>
    public long Number(string sql)
    {
        var statement = Prepare(sql);
        try
        {
            return statement.Step()
                ? statement.TakeLong()
                : throw new HeadraceException($"'{Path}' holds no row for: {sql}");
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>
    /// Undoes an open transaction. SQLite has undone it already after some failures, so that there may be none.
    /// </summary>
    public void RollBack()
    {
        if (InTransaction)
            _ = sqlite3_exec(_handle, "ROLLBACK");
    }

    /// <summary>How many rows the last change touched.</summary>
    public int Changes => sqlite3_changes(_handle);

    /// <summary>Pages that this connection has written since it was last asked.</summary>
    public int TakePagesWritten()
    {
        Check(
            sqlite3_db_status(_handle, SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1),
            "count pages"
        );
        return pages;
    }

    /// <summary>Moves the log into the file, as far as the mode goes; gives the pages that the log holds.</summary>
    public int Checkpoint(int mode)
    {
        Check(sqlite3_wal_checkpoint_v2(_handle, null, mode, out var pages, out _), "checkpoint");
        return pages;
    }

    /// <summary>Closing will not move the log into the file.</summary>
    public void LeaveLog() => Check(sqlite3_db_config(_handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _), "set up");

    /// <summary>Ends whatever runs on this connection once the answer is true; it is asked now and then.</summary>
    public void EndWhen(Func<bool> isOver) =>
        sqlite3_progress_handler(_handle, ProgressSteps, _ => isOver() ? 1 : 0, null);

    public void Check(int code, string doing)
    {
        if (code is SQLITE_OK or SQLITE_ROW or SQLITE_DONE)
            return;
        var primary = FailureRule.Primary(code);
        var said = _handle.IsInvalid ? sqlite3_errstr(code).utf8_to_string() : sqlite3_errmsg(_handle).utf8_to_string();
        throw new SqliteFailure(
            primary,
            $"The store '{Path}' failed: {said} (SQLite result {code}, at: {Head(doing)}). {FailureRule.Remedy(primary, Path)}"
        );
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _handle.Dispose();
    }

    private static string Head(string sql) => sql.Length <= 60 ? sql : string.Concat(sql.AsSpan(0, 60), "…");
}
