using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// SQLite said no. <see cref="Code"/> is its primary result code; the message names the file and the remedy.
/// </summary>
internal sealed class SqliteFailure(int code, string message) : HeadraceException(message)
{
    public int Code { get; } = code;

    /// <summary>The disk has no room.</summary>
    public bool NoRoom => Code == SQLitePCL.raw.SQLITE_FULL;

    public override bool IsTransient => FailureRule.Passes(Code);
}
