using System.Buffers;
using System.Text;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A prepared statement. Parameters are put, and columns taken, from left to right; names and numbers allocate nothing
/// on the way in.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int StackBytes = 512;

    private readonly Database _database;
    private readonly sqlite3_stmt _handle;
    private readonly string _sql;

    /// <summary>What the handle wraps; valid as long as this object is not disposed of.</summary>
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

    /// <summary>Bytes as they are; none is an empty value, not NULL.</summary>
    public Statement Put(ReadOnlySpan<byte> bytes) =>
        Bound(
            bytes.IsEmpty
                ? sqlite3_bind_zeroblob(_handle, ++_parameter, 0)
                : StatementCalls.Bind(_pointer, ++_parameter, bytes)
        );

    /// <summary>A name of the shape that we demand: a text column.</summary>
    public Statement PutName(string? name) => PutEncoded(name, isName: true);

    /// <summary>Text from callers: its UTF-8 bytes, so that nothing in it can be refused (R5).</summary>
    public Statement PutText(string? text) => PutEncoded(text, isName: false);

    /// <summary>True while there is a row.</summary>
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

    /// <summary>Runs a change to its end and makes the statement ready for the next one.</summary>
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
        // The code repeats the failure of the last step, which has been thrown.
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
        // SQLite copies what it is given.
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
