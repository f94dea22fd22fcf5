using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A cursor over the rows of one table: the order key of the current row, whether the row matches the filter, and the
/// row itself.
/// </summary>
internal sealed class JobScan : IDisposable
{
    private readonly Statement? _statement;
    private readonly bool _ended;

    /// <summary>
    /// Creates a scan over a statement that returns the key, the match flag and the columns of each row. The statement
    /// is null for a table that the search does not need.
    /// </summary>
    public JobScan(Statement? statement, bool ended)
    {
        (_statement, _ended) = (statement, ended);
        MoveNext();
    }

    /// <summary>The order key of the current row. At the end of the scan, it is smaller than any real key.</summary>
    public long Key { get; private set; }

    public bool IsMatch { get; private set; }

    public bool IsAtEnd { get; private set; }

    public void MoveNext()
    {
        IsAtEnd = _statement is null || !_statement.Step();
        (Key, IsMatch) = IsAtEnd ? (long.MinValue, false) : (_statement!.ReadLong(), _statement.ReadBool());
    }

    /// <summary>Reads the current row. Call it at most once per row.</summary>
    public StoredRow Read() => _ended ? CompletedJobColumns.Take(_statement!) : JobColumns.ReadUnfinished(_statement!);

    public void Dispose() => _statement?.Reset();
}
