using Headrace.Core;
using Headrace.Core.Results;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Searches jobs from a cursor onwards, by id or by completion number in descending order. The filter is a result
/// column rather than a WHERE condition, so each step reads one row. The search can therefore stop at any row when its
/// time budget is spent, and return the position it reached.
/// </summary>
internal sealed class JobSearch(Database database, JobFilter filter, JobOrder order, TimeProvider time)
{
    /// <summary>
    /// Number of rows scanned between two checks of the time budget. At less than 1 µs per row, the overrun is
    /// negligible.
    /// </summary>
    private const int RowsPerTimeCheck = 64;

    private const string MatchSql = """
        (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR queue = ?3) AND (?4 IS NULL OR method = ?4)
        AND (?5 IS NULL OR worker = ?5) AND (?6 IS NULL OR owner = ?6)
        """;

    private static readonly string LiveSql =
        $"SELECT id, {MatchSql}, id, {string.Join(", ", JobColumns.All)} FROM job WHERE id < ?1 ORDER BY id DESC";
    private static readonly string DoneSql =
        $"{MatchSql} AND (?7 IS NULL OR reason = ?7), {string.Join(", ", CompletedJobColumns.All)} FROM completed_job";
    private static readonly string EndedSql = $"SELECT id, {DoneSql} WHERE id < ?1 ORDER BY id DESC";
    private static readonly string LatestSql =
        $"SELECT completion_number, {DoneSql} WHERE completion_number < ?1 ORDER BY completion_number DESC";
    private static readonly string LatestOfQueueSql =
        $"SELECT completion_number, {DoneSql} WHERE completion_number < ?1 AND queue = ?3 "
        + "ORDER BY completion_number DESC";

    public Page Find(Cursor after, int limit, TimeSpan budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var start = time.GetTimestamp();
        var rows = new List<StoredRow>();
        var looked = 0;
        var at = after;
        using var snapshot = new Snapshot(database);
        using var live = Open(after, ended: false);
        using var ended = Open(after, ended: true);
        while (true)
        {
            var next = live.Key > ended.Key ? live : ended;
            if (next.IsAtEnd)
                return new Page(rows, null, Complete: true);
            if (rows.Count == limit)
                return new Page(rows, at, Complete: true);
            if (looked > 0 && looked % RowsPerTimeCheck == 0 && time.GetElapsedTime(start) >= budget)
                return new Page(rows, at, Complete: false);
            looked++;
            at = new Cursor(next.Key);
            if (next.IsMatch)
                rows.Add(next.Read());
            next.MoveNext();
        }
    }

    private JobScan Open(Cursor after, bool ended)
    {
        var scope = JobScope.Of(filter, order);
        if (!(ended ? scope.Ended : scope.Live))
            return new JobScan(null, ended);
        var sql =
            !ended ? LiveSql
            : order == JobOrder.Newest ? EndedSql
            : filter.Queue is null ? LatestSql
            : LatestOfQueueSql;
        var statement = database
            .Prepare(sql)
            .Bind(after.Key)
            .Bind((long?)filter.State)
            .BindName(filter.Queue?.Text)
            .BindName(filter.Method?.Text)
            .BindName(filter.Worker?.Text)
            .BindText(filter.Owner);
        if (ended)
            statement.Bind((long?)filter.Reason);
        return new JobScan(statement, ended);
    }
}
