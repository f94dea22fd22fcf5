using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Retention;

namespace Headrace.Storage.Sqlite;

/// <summary>Reads the information needed to delete ended jobs, including their idempotency keys.</summary>
internal static class HistoryReader
{
    private const string Columns = """
        SELECT id, completion_number, queue, method, state, owner, ended,
            body_bytes + length(params) + payload_params_bytes, result_bytes, tags
        FROM completed_job
        """;

    private const string Keys = "SELECT owner, queue, text FROM idempotency_key WHERE job = ?";
    private const string One = $"{Columns} WHERE id = ?";
    private const string Oldest = $"{Columns} WHERE queue = ? AND completion_number > ? ORDER BY completion_number";
    private static readonly string OldestUnsuccessful =
        $"{Columns} WHERE queue = ? AND completion_number > ? AND {Schema7.IsUnsuccessful} ORDER BY completion_number";

    /// <summary>
    /// Reads the ended jobs in a queue after a completion number. The scan for succeeded jobs also reads unsuccessful
    /// jobs: there are few of them, and a separate index would cost more.
    /// </summary>
    public static IEnumerable<EndedJob> Rows(Database database, RowKey.History asked) =>
        Rows(
            database,
            database
                .Prepare(asked.Class == HistoryClass.Succeeded ? Oldest : OldestUnsuccessful)
                .BindName(asked.Queue.Text)
                .Bind(asked.After)
        );

    public static IEnumerable<EndedJob> Row(Database database, JobId job) =>
        Rows(database, database.Prepare(One).Bind(job.Value));

    private static IEnumerable<EndedJob> Rows(Database database, Statement statement)
    {
        try
        {
            while (statement.Step())
                yield return Read(database, statement);
        }
        finally
        {
            statement.Reset();
        }
    }

    private static EndedJob Read(Database database, Statement from)
    {
        var job = new EndedJob(
            new JobId(from.ReadLong()),
            from.ReadLong(),
            new QueueName(from.ReadText()),
            new MethodName(from.ReadText()),
            (JobState)from.ReadInt()
        )
        {
            Owner = from.ReadText(),
            Ended = new Instant(from.ReadLong()),
            InputBytes = from.ReadLong(),
            ResultBytes = from.ReadLong(),
            Tags = TagsColumn.Take(from),
        };
        return job with { Keys = ReadKeys(database, job.Id) };
    }

    private static List<KeyName> ReadKeys(Database database, JobId job)
    {
        var statement = database.Prepare(Keys).Bind(job.Value);
        try
        {
            List<KeyName>? keys = null;
            while (statement.Step())
                (keys ??= []).Add(
                    new KeyName(statement.ReadText(), new QueueName(statement.ReadText()), statement.ReadText())
                );
            return keys ?? [];
        }
        finally
        {
            statement.Reset();
        }
    }
}
