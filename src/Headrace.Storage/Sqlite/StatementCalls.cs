using System.Runtime.InteropServices;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Direct calls to the SQLite functions that run dozens of times per row. A job binds about a hundred parameters over
/// its lifetime, and the wrappers of the SQLite package add and release a reference to the handle on each call.
/// Functions that only store a number also suppress the GC transition, which costs more than the call itself; they
/// return at once and never call back into managed code. Only one thread uses a statement at a time, and the owner of
/// the statement outlives the call. For measurements, see docs/performance.md.
/// </summary>
internal static class StatementCalls
{
    private const string Library = "e_sqlite3";

    /// <summary>The destructor argument that makes SQLite copy the bytes (SQLITE_TRANSIENT).</summary>
    private const nint Copied = -1;

    /// <summary>Maximum size in bytes for which copying a value costs less than the GC transition.</summary>
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
