using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Searches jobs from a cursor onwards, by id or by completion number in descending order. The filter is a result
/// column rather than a WHERE condition, so each step reads one row. The search can therefore stop at any row when its
/// time budget is exhausted, and return the position it reached. Submission times never decrease as ids increase, so
/// the times in a filter limit the range of ids.
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
        AND (?5 IS NULL OR worker = ?5) AND (?6 IS NULL OR owner = ?6) AND submitted >= ?7 AND submitted < ?8
        """;

    private const string EndMatchSql = """
        AND (?11 IS NULL OR reason = ?11) AND (?12 IS NULL
            OR instr(lower(CAST(error_type AS TEXT)), ?12) > 0 OR instr(lower(CAST(error_message AS TEXT)), ?12) > 0
            OR instr(lower(CAST(error_detail AS TEXT)), ?12) > 0)
        """;

    private const string IdRange = "id < ?1 AND id >= ?9";
    private const string OfTag = "WHERE tag.text = ?10 AND tag.job < ?1 AND tag.job >= ?9 ORDER BY tag.job DESC";
    private const string OfKey = $"WHERE id IN (SELECT value FROM json_each(?10)) AND {IdRange} ORDER BY id DESC";

    private const string OfParent = $"WHERE parent = ?10 AND {IdRange} ORDER BY id DESC";

    private static readonly string LiveSql = $"{MatchSql}, {string.Join(", ", JobColumns.Unfinished)} FROM";
    private static readonly string DoneSql =
        $"{MatchSql} {EndMatchSql}, {string.Join(", ", CompletedJobColumns.All)} FROM";

    /// <summary>
    /// Finds at most <paramref name="limit"/> jobs in the caller's snapshot. Stops earlier if the time budget is
    /// exhausted or <paramref name="maxExamined"/> jobs have been examined.
    /// </summary>
    public Page Find(Cursor after, int limit, TimeSpan budget, int maxExamined = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var start = time.GetTimestamp();
        var rows = new List<StoredRow>();
        var looked = 0;
        var at = after;
        var scope = JobScope.Of(filter, order);
        var (below, first) = Ids(after);
        using var live = new JobScan(scope.Live ? Open(LiveSqlOf(scope.Path), below, first, scope) : null, false);
        using var ended = new JobScan(scope.Ended ? OpenEnded(below, first, scope, FirstState(scope)) : null, true);
        // The index has separate parts for failed and cancelled jobs, each ordered by id, so each part needs a separate
        // scan.
        using var cancelled = new JobScan(
            scope.Ended && HasTwoStates(scope) ? OpenEnded(below, first, scope, JobState.Cancelled) : null,
            true
        );
        JobScan[] scans = [live, ended, cancelled];
        while (true)
        {
            var next = Latest(Latest(live, ended), cancelled);
            if (next.IsAtEnd)
                return new Page(rows, null, Complete: true) { Examined = looked };
            if (rows.Count == limit)
                return new Page(rows, at, Complete: true) { Examined = looked };
            if (
                looked >= maxExamined
                || (looked > 0 && looked % RowsPerTimeCheck == 0 && time.GetElapsedTime(start) >= budget)
            )
                return new Page(rows, at, Complete: false) { Examined = looked };
            looked++;
            at = new Cursor(next.Key);
            // A job with the tag appears in the scans of both tables, but can match in only one of them.
            foreach (var scan in scans)
            {
                if (scan.Key != at.Key)
                    continue;
                if (scan.IsMatch && scan.Read() is var row && Matches(row))
                    rows.Add(row);
                scan.MoveNext();
            }
        }
    }

    /// <summary>
    /// Returns the range of ids that the cursor and the times in the filter allow, as the first id above the range and
    /// the first id in the range.
    /// </summary>
    private (long Below, long First) Ids(Cursor after)
    {
        if (order != JobOrder.Newest)
            return (after.Key, long.MinValue);
        var below = filter.To < Instant.Never ? FirstSubmittedAt(filter.To) : long.MaxValue;
        return (
            Math.Min(after.Key, below),
            filter.From > default(Instant) ? FirstSubmittedAt(filter.From) : long.MinValue
        );
    }

    /// <summary>
    /// Returns the smallest id such that this job and all later ones were submitted at or after this time. The search
    /// takes about twenty lookups in each table.
    /// </summary>
    private long FirstSubmittedAt(Instant at)
    {
        var (low, high) = (0L, Math.Max(Number("SELECT max(id) FROM job"), Number(MaxEndedSql)) + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (FirstFrom(middle) is not { } job || job.Submitted >= at.Micros)
                high = middle;
            else
                low = job.Id + 1;
        }
        return low;
    }

    private const string MaxEndedSql = "SELECT max(id) FROM completed_job";

    private (long Id, long Submitted)? FirstFrom(long id)
    {
        var (live, ended) = (First("job", id), First("completed_job", id));
        return ended is null || live?.Id < ended.Value.Id ? live : ended;
    }

    private (long Id, long Submitted)? First(string table, long id)
    {
        var statement = database
            .Prepare($"SELECT id, submitted FROM {table} WHERE id >= ? ORDER BY id LIMIT 1")
            .Bind(id);
        try
        {
            return statement.Step() ? (statement.ReadLong(), statement.ReadLong()) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private long Number(string sql)
    {
        var statement = database.Prepare(sql);
        try
        {
            return statement.Step() ? statement.ReadLongOrNull() ?? 0 : 0;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static string LiveSqlOf(SearchPath path) =>
        path switch
        {
            SearchPath.Key => $"SELECT id, {LiveSql} job {OfKey}",
            SearchPath.Parent => $"SELECT id, {LiveSql} job INDEXED BY child_job {OfParent}",
            SearchPath.Tag => $"SELECT tag.job, {LiveSql} tag LEFT JOIN job ON job.id = tag.job {OfTag}",
            _ => $"SELECT id, {LiveSql} job WHERE {IdRange} ORDER BY id DESC",
        };

    private string EndedSqlOf(SearchPath path) =>
        (order, path) switch
        {
            (JobOrder.LatestEnded, _) => "SELECT completion_number, "
                + $"{DoneSql} completed_job WHERE completion_number < ?1 "
                + $"{(filter.Queue is null ? "" : "AND queue = ?3 ")}ORDER BY completion_number DESC",
            (_, SearchPath.Key) => $"SELECT id, {DoneSql} completed_job {OfKey}",
            (_, SearchPath.Parent) => $"SELECT id, {DoneSql} completed_job INDEXED BY child_completed_job {OfParent}",
            (_, SearchPath.Tag) =>
                $"SELECT tag.job, {DoneSql} tag LEFT JOIN completed_job ON completed_job.id = tag.job {OfTag}",
            (_, SearchPath.Unsuccessful) => $"SELECT id, {DoneSql} completed_job INDEXED BY completed_job_unsuccessful "
                + $"WHERE state <> 5 AND state = ?10 AND {IdRange} ORDER BY id DESC",
            _ => $"SELECT id, {DoneSql} completed_job WHERE {IdRange} ORDER BY id DESC",
        };

    private static JobScan Latest(JobScan a, JobScan b) => a.Key > b.Key ? a : b;

    private bool HasTwoStates(JobScope scope) =>
        scope.Path == SearchPath.Unsuccessful && filter.UnsuccessfulState is null;

    private JobState? FirstState(JobScope scope) =>
        scope.Path == SearchPath.Unsuccessful ? filter.UnsuccessfulState ?? JobState.Failed : null;

    private Statement OpenEnded(long below, long first, JobScope scope, JobState? state)
    {
        // A statement can be open only once, so the two scans need different SQL texts.
        var sql = EndedSqlOf(scope.Path) + (state == JobState.Cancelled ? " -- cancelled" : "");
        var statement = Open(sql, below, first, scope);
        if (scope.Path is not (SearchPath.Key or SearchPath.Tag or SearchPath.Parent))
            statement.Bind((long?)state);
        return statement
            .Bind((long?)filter.Reason)
            .BindName(filter.Text is { } text ? JobFilter.AsciiLower(text) : null);
    }

    private Statement Open(string sql, long below, long first, JobScope scope)
    {
        var statement = database
            .Prepare(sql)
            .Bind(below)
            .Bind((long?)filter.State)
            .BindName(filter.Queue?.Text)
            .BindName(filter.Method?.Text)
            .BindName(filter.Worker?.Text)
            .BindText(filter.Owner)
            .Bind(filter.From.Micros)
            .Bind(filter.To.Micros)
            .Bind(first);
        return scope.Path switch
        {
            SearchPath.Tag => statement.BindText(filter.Tags.Values[0]),
            SearchPath.Parent => statement.Bind(filter.Parent?.Value),
            SearchPath.Key => statement.BindName(JsonSerializer.Serialize(KeyReader.Jobs(database, filter))),
            _ => statement,
        };
    }

    /// <summary>Checks a row against the parts of the filter that the SQL does not express, such as the tags.</summary>
    private bool Matches(StoredRow row) => row is DoneRow done ? filter.Matches(done) : filter.Matches((JobRow)row);
}
