using System.Buffers;
using System.Text;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A prepared statement. Parameters are bound, and columns are read, from left to right. Binding names and numbers
/// allocates no memory.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int StackBytes = 512;

    private readonly Database _database;
    private readonly sqlite3_stmt _handle;
    private readonly string _sql;

    /// <summary>The pointer inside the handle; valid until this object is disposed.</summary>
    private readonly nint _pointer;
    private int _parameter;
    private int _column;

    public Statement(Database database, sqlite3_stmt handle, string sql) =>
        (_database, _handle, _sql, _pointer) = (database, handle, sql, handle.DangerousGetHandle());

    public Statement Put(long value) => Bound(StatementCalls.Bind(_pointer, ++_parameter, value));

    public Statement Put(long? value) => value is { } some ? Put(some) : PutNull();

    public Statement Put(double value) => Bound(StatementCalls.Bind(_pointer, ++_parameter, value));

    public Statement Put(bool value) => Put(value ? 1L : 0L);

    public Statement PutNull() => Bound(StatementCalls.BindNull(_pointer, ++_parameter));

    /// <summary>Binds bytes. An empty span is stored as an empty value, not as NULL.</summary>
    public Statement Put(ReadOnlySpan<byte> bytes) =>
        Bound(
            bytes.IsEmpty
                ? sqlite3_bind_zeroblob(_handle, ++_parameter, 0)
                : StatementCalls.Bind(_pointer, ++_parameter, bytes)
        );

    /// <summary>Binds a name in the restricted format to a TEXT column.</summary>
    public Statement PutName(string? name) => PutEncoded(name, isName: true);

    /// <summary>Binds text from a client as UTF-8 bytes, so that SQLite cannot reject its content (R5).</summary>
    public Statement PutText(string? text) => PutEncoded(text, isName: false);

    /// <summary>Advances to the next row. Returns false at the end.</summary>
    public bool Step()
    {
        _column = 0;
        var code = StatementCalls.Step(_pointer);
        if (code == SQLITE_ROW)
            return true;
        if (code == SQLITE_DONE)
            return false;
        Fail(code);
        return false;
    }

    /// <summary>Executes a statement that changes rows, and resets it for reuse.</summary>
    public void Run()
    {
        var code = StatementCalls.Step(_pointer);
        if (code is not (SQLITE_DONE or SQLITE_ROW))
            Fail(code);
        Reset();
    }

    public void Reset()
    {
        _parameter = 0;
        // Reset returns the error of the last step again; it has already been thrown.
        _ = StatementCalls.Reset(_pointer);
    }

    public long TakeLong() => StatementCalls.ColumnLong(_pointer, _column++);

    public int TakeInt() => (int)TakeLong();

    public bool TakeBool() => TakeLong() != 0;

    public double TakeReal() => sqlite3_column_double(_handle, _column++);

    public long? TakeLongOrNull() => IsNull ? Skip<long?>() : TakeLong();

    public string TakeText() => _database.Texts.Of(sqlite3_column_blob(_handle, _column++));

    public string? TakeTextOrNull() => IsNull ? Skip<string>() : TakeText();

    public byte[] TakeBytes() => sqlite3_column_blob(_handle, _column++).ToArray();

    public byte[]? TakeBytesOrNull() => IsNull ? Skip<byte[]>() : TakeBytes();

    public void Dispose() => _handle.Dispose();

    private bool IsNull => sqlite3_column_type(_handle, _column) == SQLITE_NULL;

    private T? Skip<T>()
    {
        _column++;
        return default;
    }

    private Statement PutEncoded(string? text, bool isName)
    {
        if (text is null)
            return PutNull();
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        var buffer = rented is null ? stackalloc byte[StackBytes] : rented;
        ReadOnlySpan<byte> bytes = buffer[..Encoding.UTF8.GetBytes(text, buffer)];
        // SQLite copies the bytes.
        var statement = isName ? Bound(StatementCalls.BindText(_pointer, ++_parameter, bytes)) : Put(bytes);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return statement;
    }

    private Statement Bound(int code)
    {
        if (code != SQLITE_OK)
            Fail(code);
        return this;
    }

    private void Fail(int code)
    {
        try
        {
            _database.Check(code, _sql);
        }
        finally
        {
            Reset();
        }
    }
}
