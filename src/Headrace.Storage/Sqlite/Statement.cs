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
    /// <summary>
    /// Size of the stack buffer in bytes, sufficient for a name. Clearing a larger buffer would take longer than
    /// encoding the text.
    /// </summary>
    private const int StackBytes = 256;

    private readonly Database _database;
    private readonly sqlite3_stmt _handle;
    private readonly string _sql;

    /// <summary>The pointer inside the handle. It is valid until this object is disposed.</summary>
    private readonly nint _pointer;
    private int _parameter;
    private int _column;

    public Statement(Database database, sqlite3_stmt handle, string sql) =>
        (_database, _handle, _sql, _pointer) = (database, handle, sql, handle.DangerousGetHandle());

    public Statement Bind(long value) => CheckBind(StatementCalls.Bind(_pointer, ++_parameter, value));

    public Statement Bind(long? value) => value is { } some ? Bind(some) : BindNull();

    public Statement Bind(double value) => CheckBind(StatementCalls.Bind(_pointer, ++_parameter, value));

    public Statement Bind(bool value) => Bind(value ? 1L : 0L);

    public Statement BindNull() => CheckBind(StatementCalls.BindNull(_pointer, ++_parameter));

    /// <summary>Binds bytes. An empty span is stored as an empty value, not as NULL.</summary>
    public Statement Bind(ReadOnlySpan<byte> bytes) =>
        CheckBind(
            bytes.IsEmpty
                ? sqlite3_bind_zeroblob(_handle, ++_parameter, 0)
                : StatementCalls.Bind(_pointer, ++_parameter, bytes)
        );

    /// <summary>Binds a name in the restricted format to a TEXT column.</summary>
    public Statement BindName(string? name) => BindEncoded(name, isName: true);

    /// <summary>Binds text from a client as UTF-8 bytes, so that SQLite cannot reject its content (R5).</summary>
    public Statement BindText(string? text) => BindEncoded(text, isName: false);

    /// <summary>Binds ASCII text, such as a JSON array of numbers, to a parameter that SQLite reads as text.</summary>
    public Statement BindUtf8(ReadOnlySpan<byte> utf8) =>
        CheckBind(StatementCalls.BindText(_pointer, ++_parameter, utf8));

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
        // Reset returns the error of the last step again, but that error has already been thrown.
        _ = StatementCalls.Reset(_pointer);
    }

    public long ReadLong() => StatementCalls.ColumnLong(_pointer, _column++);

    public int ReadInt() => (int)ReadLong();

    public bool ReadBool() => ReadLong() != 0;

    public double ReadDouble() => sqlite3_column_double(_handle, _column++);

    public long? ReadLongOrNull() => IsNull ? Skip<long?>() : ReadLong();

    public string ReadText() => _database.Texts.GetOrAdd(sqlite3_column_blob(_handle, _column++));

    public string? ReadTextOrNull() => IsNull ? Skip<string>() : ReadText();

    public byte[] ReadBytes() => sqlite3_column_blob(_handle, _column++).ToArray();

    public byte[]? ReadBytesOrNull() => IsNull ? Skip<byte[]>() : ReadBytes();

    public void Dispose() => _handle.Dispose();

    private bool IsNull => sqlite3_column_type(_handle, _column) == SQLITE_NULL;

    private T? Skip<T>()
    {
        _column++;
        return default;
    }

    private Statement BindEncoded(string? text, bool isName)
    {
        if (text is null)
            return BindNull();
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        var buffer = rented is null ? stackalloc byte[StackBytes] : rented;
        ReadOnlySpan<byte> bytes = buffer[..Encoding.UTF8.GetBytes(text, buffer)];
        // SQLite copies the bytes, so the buffer can be returned to the pool afterwards.
        var statement = isName ? CheckBind(StatementCalls.BindText(_pointer, ++_parameter, bytes)) : Bind(bytes);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return statement;
    }

    private Statement CheckBind(int code)
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
