using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// One table's side of a search, standing on a row: its order key, whether it fits the filter, and the row.
/// </summary>
internal sealed class JobScan : IDisposable
{
    private readonly Statement? _statement;
    private readonly bool _ended;

    /// <summary>
    /// The statement gives key, hit, and the row's columns; it is null for a table that need not be looked at.
    /// </summary>
    public JobScan(Statement? statement, bool ended)
    {
        (_statement, _ended) = (statement, ended);
        Move();
    }

    /// <summary>Smaller than any row's when the scan is over.</summary>
    public long Key { get; private set; }

    public bool IsHit { get; private set; }

    public bool IsOver { get; private set; }

    public void Move()
    {
        IsOver = _statement is null || !_statement.Step();
        (Key, IsHit) = IsOver ? (long.MinValue, false) : (_statement!.TakeLong(), _statement.TakeBool());
    }

    /// <summary>The row it stands on; at most once a row.</summary>
    public StoredRow Take() => _ended ? CompletedJobColumns.Take(_statement!) : JobColumns.Take(_statement!);

    public void Dispose() => _statement?.Reset();
}
