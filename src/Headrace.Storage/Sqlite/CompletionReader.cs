using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Scans the completed jobs in a queue. It uses the index by queue and completion number, so it does not read jobs in
/// other queues. The state is read from each row rather than filtered in SQL, so that the scan can stop after any row.
/// </summary>
internal static class CompletionReader
{
    private const string OldestFirst = """
        SELECT completion_number, id, state FROM completed_job
        WHERE queue = ? AND completion_number BETWEEN ? AND ? ORDER BY completion_number
        """;

    private const string LatestFirst = OldestFirst + " DESC";

    public static IEnumerable<Completion> Rows(Database database, RowKey.Completions asked, CompletionRange gap)
    {
        var statement = database
            .Prepare(asked.OldestFirst ? OldestFirst : LatestFirst)
            .BindName(asked.Queue.Text)
            .Bind(gap.From)
            .Bind(gap.To);
        try
        {
            while (statement.Step())
                yield return new Completion(
                    statement.ReadLong(),
                    new JobId(statement.ReadLong()),
                    (JobState)statement.ReadInt()
                );
        }
        finally
        {
            statement.Reset();
        }
    }
}
