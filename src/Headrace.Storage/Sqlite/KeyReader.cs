using Headrace.Core.Results;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Finds the jobs to which an idempotency key belongs. The table is ordered by owner, queue and key. An index by key
/// alone would be written with every submission, so this reader visits each pair of owner and queue instead. Most
/// stores have a few dozen such pairs.
/// </summary>
internal static class KeyReader
{
    public static List<long> Jobs(Database database, JobFilter filter)
    {
        var jobs = new List<long>();
        var (owner, queue) = (Array.Empty<byte>(), "");
        while (NextPair(database, owner, queue) is { } pair)
        {
            (owner, queue) = pair;
            if (Job(database, owner, queue, filter.Key!) is { } job)
                jobs.Add(job);
        }
        return jobs;
    }

    private static (byte[] Owner, string Queue)? NextPair(Database database, byte[] owner, string queue)
    {
        var statement = database
            .Prepare(
                "SELECT owner, queue FROM idempotency_key WHERE (owner, queue) > (?, ?) ORDER BY owner, queue LIMIT 1"
            )
            .Bind(owner)
            .BindName(queue);
        try
        {
            return statement.Step() ? (statement.ReadBytes(), statement.ReadText()) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static long? Job(Database database, byte[] owner, string queue, string key)
    {
        var statement = database
            .Prepare("SELECT job FROM idempotency_key WHERE owner = ? AND queue = ? AND text = ?")
            .Bind(owner)
            .BindName(queue)
            .BindText(key);
        try
        {
            return statement.Step() ? statement.ReadLong() : null;
        }
        finally
        {
            statement.Reset();
        }
    }
}
