using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Scans the completed jobs of a queue. It uses the index by queue and completion number, so jobs of other queues cost
/// nothing. The state is read from each row rather than filtered in SQL, so that the scan can stop after any row.
/// </summary>
internal static class EndsScan
{
    private const string OldestFirst = """
        SELECT completion_number, id, state FROM completed_job
        WHERE queue = ? AND completion_number BETWEEN ? AND ? ORDER BY completion_number
        """;

    private const string LatestFirst = OldestFirst + " DESC";

    public static IEnumerable<Completion> Rows(Database database, RowKey.Ends asked, Span gap)
    {
        var statement = database
            .Prepare(asked.OldestFirst ? OldestFirst : LatestFirst)
            .PutName(asked.Queue.Text)
            .Put(gap.From)
            .Put(gap.To);
        try
        {
            while (statement.Step())
                yield return new Completion(
                    statement.TakeLong(),
                    new JobId(statement.TakeLong()),
                    (JobState)statement.TakeInt()
                );
        }
        finally
        {
            statement.Reset();
        }
    }
}
