using System.Runtime.InteropServices;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The calls of SQLite that each row makes by the dozen, straight: a job binds a hundred parameters on its way, and the
/// package's calls take and give back a reference to their handle each time.
/// Those that only store a number also leave out the runtime's switch to native code, which costs more than they do:
/// they return at once and call nobody back.
/// Each is used by one thread at a time, and the statement's owner outlives the call. Measured in docs/performance.md.
/// </summary>
internal static class StatementCalls
{
    private const string Library = "e_sqlite3";

    /// <summary>SQLite copies what it is given (SQLITE_TRANSIENT).</summary>
    private const nint Copied = -1;

    /// <summary>Copying so many bytes is done sooner than the switch.</summary>
    private const int Small = 512;

    public static int Bind(nint statement, int index, ReadOnlySpan<byte> blob) =>
        blob.Length <= Small
            ? BindSmallBlob(statement, index, in MemoryMarshal.GetReference(blob), blob.Length, Copied)
            : BindBlob(statement, index, in MemoryMarshal.GetReference(blob), blob.Length, Copied);

    public static int BindText(nint statement, int index, ReadOnlySpan<byte> utf8) =>
        BindText(statement, index, in MemoryMarshal.GetReference(utf8), utf8.Length, Copied);

    [SuppressGCTransition]
    [DllImport(Library, EntryPoint = "sqlite3_bind_int64")]
    public static extern int Bind(nint statement, int index, long value);

    [SuppressGCTransition]
    [DllImport(Library, EntryPoint = "sqlite3_bind_double")]
    public static extern int Bind(nint statement, int index, double value);

    [SuppressGCTransition]
    [DllImport(Library, EntryPoint = "sqlite3_bind_null")]
    public static extern int BindNull(nint statement, int index);

    [SuppressGCTransition]
    [DllImport(Library, EntryPoint = "sqlite3_column_int64")]
    public static extern long ColumnLong(nint statement, int column);

    [DllImport(Library, EntryPoint = "sqlite3_step")]
    public static extern int Step(nint statement);

    [DllImport(Library, EntryPoint = "sqlite3_reset")]
    public static extern int Reset(nint statement);

    [SuppressGCTransition]
    [DllImport(Library, EntryPoint = "sqlite3_bind_blob")]
    private static extern int BindSmallBlob(nint statement, int index, in byte value, int length, nint destructor);

    [DllImport(Library, EntryPoint = "sqlite3_bind_blob")]
    private static extern int BindBlob(nint statement, int index, in byte value, int length, nint destructor);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text")]
    private static extern int BindText(nint statement, int index, in byte value, int length, nint destructor);
}
