using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// An error reported by SQLite. <see cref="Code"/> is the primary result code; the message names the file and the
/// remedy.
/// </summary>
internal sealed class SqliteStoreException(int code, Reason reason) : HeadraceException(reason.Detail)
{
    internal override Reason Reason { get; } = reason;

    public int Code { get; } = code;

    /// <summary>True if the disk is full.</summary>
    public bool DiskFull => Code == SQLitePCL.raw.SQLITE_FULL;

    public override bool IsTransient => SqliteErrors.IsTransient(Code);
}
