using Headrace.Core.Jobs;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Headrace.Bench.Chaos;

/// <summary>A row of <c>completed_job</c>.</summary>
internal sealed record StoredEnd(long CompletionNumber, long Job, int State, int Attempt, long Claimed, long Ended);

/// <summary>A row of the <c>attempt</c> table, which contains the attempts that did not succeed.</summary>
internal sealed record StoredAttempt(long Job, int Attempt, string Worker, long Incarnation, long Claimed, long Ended);

/// <summary>
/// The contents of the store, read from the file with plain SQL without using server code. Rows are counted in the
/// tables themselves, because a unique index could hide a duplicate.
/// </summary>
internal sealed record StoreAudit(
    string Check,
    long Unfinished,
    long NextCompletionNumber,
    IReadOnlyList<StoredEnd> Ends,
    IReadOnlyList<StoredAttempt> Attempts,
    ILookup<long, string> Results,
    IReadOnlyList<(long Job, string Key)> Keys
)
{
    // A small result is stored in the row of its job, and a large one in a separate row. The server reads only one of
    // them, so a job with two results is an error.
    private const string AllResults = """
        SELECT id, result FROM completed_job NOT INDEXED WHERE result IS NOT NULL
        UNION ALL SELECT id >> 1, bytes FROM payload NOT INDEXED WHERE id & 1 = 1
        """;

    /// <summary>
    /// Counts those of the given jobs that succeeded but do not have exactly one stored copy of the expected result.
    /// </summary>
    public int CountWrongResults(IEnumerable<Acknowledgement> jobs)
    {
        var succeeded = Ends.Where(end => end.State == (int)JobState.Succeeded).Select(end => end.Job).ToHashSet();
        return jobs.Count(job => succeeded.Contains(job.Id) && !Results[job.Id].SequenceEqual([job.Expected]));
    }

    public static StoreAudit Read(string path)
    {
        Batteries_V2.Init();
        if (sqlite3_open_v2(path, out var file, SQLITE_OPEN_READONLY, null) != SQLITE_OK)
            throw new IOException($"{path} cannot be opened: {sqlite3_errmsg(file).utf8_to_string()}");
        using (file)
        {
            return new StoreAudit(
                Rows(file, "PRAGMA integrity_check", row => Text(row, 0)).First(),
                Rows(file, "SELECT count(*) FROM job NOT INDEXED", row => Number(row, 0)).Single(),
                Rows(file, "SELECT next_completion_number FROM shard", row => Number(row, 0)).Single(),
                Rows(
                    file,
                    "SELECT completion_number, id, state, attempt, claimed, ended FROM completed_job NOT INDEXED",
                    row => new StoredEnd(
                        Number(row, 0),
                        Number(row, 1),
                        (int)Number(row, 2),
                        (int)Number(row, 3),
                        Number(row, 4),
                        Number(row, 5)
                    )
                ),
                Rows(
                    file,
                    "SELECT job, attempt, worker, incarnation, claimed, ended FROM attempt NOT INDEXED",
                    row => new StoredAttempt(
                        Number(row, 0),
                        (int)Number(row, 1),
                        Text(row, 2),
                        Number(row, 3),
                        Number(row, 4),
                        Number(row, 5)
                    )
                ),
                Rows(
                        file,
                        AllResults,
                        row => (Job: Number(row, 0), Bytes: Convert.ToHexStringLower(sqlite3_column_blob(row, 1)))
                    )
                    .ToLookup(row => row.Job, row => row.Bytes),
                Rows(
                    file,
                    "SELECT job, text FROM idempotency_key",
                    row => (Number(row, 0), System.Text.Encoding.UTF8.GetString(sqlite3_column_blob(row, 1)))
                )
            );
        }
    }

    private static List<T> Rows<T>(sqlite3 file, string sql, Func<sqlite3_stmt, T> take)
    {
        if (sqlite3_prepare_v2(file, sql, out var statement) != SQLITE_OK)
            throw new IOException($"{sql}: {sqlite3_errmsg(file).utf8_to_string()}");
        using (statement)
        {
            var rows = new List<T>();
            int code;
            while ((code = sqlite3_step(statement)) == SQLITE_ROW)
                rows.Add(take(statement));
            return code == SQLITE_DONE
                ? rows
                : throw new IOException($"{sql}: {sqlite3_errmsg(file).utf8_to_string()}");
        }
    }

    private static long Number(sqlite3_stmt row, int column) => sqlite3_column_int64(row, column);

    private static string Text(sqlite3_stmt row, int column) => sqlite3_column_text(row, column).utf8_to_string();
}
