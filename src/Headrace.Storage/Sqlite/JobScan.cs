using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A cursor over the matching rows of one table: the order key of the current row, whether the row matches the filter,
/// and the row itself.
/// </summary>
internal sealed class JobScan : IDisposable
{
    private readonly Statement? _statement;
    private readonly bool _ended;

    /// <summary>
    /// The statement returns the key, the match flag, and the columns of the row. It is null for a table that the
    /// search does not need.
    /// </summary>
    public JobScan(Statement? statement, bool ended)
    {
        (_statement, _ended) = (statement, ended);
        MoveNext();
    }

    /// <summary>The order key of the current row; smaller than any real key at the end of the scan.</summary>
    public long Key { get; private set; }

    public bool IsMatch { get; private set; }

    public bool IsAtEnd { get; private set; }

    public void MoveNext()
    {
        IsAtEnd = _statement is null || !_statement.Step();
        (Key, IsMatch) = IsAtEnd ? (long.MinValue, false) : (_statement!.ReadLong(), _statement.ReadBool());
    }

    /// <summary>Reads the current row. Call it at most once per row.</summary>
    public StoredRow Read() => _ended ? CompletedJobColumns.Take(_statement!) : JobColumns.Read(_statement!);

    public void Dispose() => _statement?.Reset();
}
