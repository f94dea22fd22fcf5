using System.Buffers.Binary;
using Headrace.Core;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Executes row changes with one prepared statement per kind. A change that conflicts with the stored rows throws
/// <see cref="SqliteFailure"/>, like a violated constraint.
/// </summary>
internal sealed class RowWriter(Database database) : IDisposable
{
    private readonly JobWriter _jobs = new(database);
    private readonly Statement _putAttempt = database.Prepare(
        Replace("attempt", ["job", "attempt", "worker", "incarnation", "kind", "claimed", "ended", .. ErrorColumns.All])
    );
    private readonly Statement _putLog = database.Prepare(Replace("log", ["job", "attempt", "lines"]));
    private readonly Statement _putWorker = database.Prepare(
        Replace("worker", ["name", "incarnation", "pool", "joined"])
    );
    private readonly Statement _removeWorker = database.Prepare("DELETE FROM worker WHERE name = ?");
    private readonly Statement _putMethod = database.Prepare(
        Replace(
            "method",
            [
                "name",
                "version",
                "schema",
                "fail_when_lost",
                "exclusive",
                "max_worker_crashes",
                "max_lost_leases",
                "result_schema",
                "slots",
            ]
        )
    );
    private readonly Statement _addKey = database.Prepare(
        Insert("idempotency_key", ["owner", "queue", "text", "hash", "job"])
    );
    private readonly Statement _putCounter = database.Prepare(
        Replace("counter", ["shard", "queue", "method", "state", "jobs", "input_bytes", "result_bytes"])
    );

    private readonly Statement _putFeed = database.Prepare(
        Replace("feed", ["shard", "name", "queue", "first_completion_number"])
    );
    private readonly Statement _putFeedRange = database.Prepare(
        Replace("feed_range", ["shard", "feed", "first", "last"])
    );
    private readonly Statement _removeFeedRange = database.Prepare(
        "DELETE FROM feed_range WHERE shard = ? AND feed = ? AND first = ?"
    );

    /// <summary>
    /// Writes all changes of a batch in order. <paramref name="at"/> is set to the change being written, so that a
    /// rejection can name it.
    /// </summary>
    public void Write(IReadOnlyList<RowChange> changes, int shard, ref RowChange? at)
    {
        _jobs.Expect(changes);
        foreach (var change in changes)
        {
            at = change;
            Write(change, shard);
        }
        if (_jobs.HasRest)
        {
            foreach (var change in changes)
            {
                if (change is not RowChange.PayloadAdded payload)
                    continue;
                at = change;
                _jobs.AddRest(payload.Row);
            }
        }
        at = null;
    }

    public void Dispose() => _jobs.Dispose();

    private void Write(RowChange change, int shard)
    {
        switch (change)
        {
            case RowChange.JobAdded added:
                _jobs.Add(added.Row);
                break;
            case RowChange.JobChanged changed:
                _jobs.Change(changed.Row);
                break;
            case RowChange.JobEnded ended:
                _jobs.End(ended.Row, ended.WasStored);
                break;
            case RowChange.PayloadAdded payload:
                _jobs.Add(payload.Row);
                break;
            case RowChange.AttemptAdded attempt:
                Put(attempt.Row);
                break;
            case RowChange.LogPut log:
                _putLog.Put(log.Row.Lease.Job.Value).Put(log.Row.Lease.Attempt).Put(log.Row.Lines.Span).Run();
                break;
            case RowChange.WorkerPut worker:
                _putWorker
                    .PutName(worker.Row.Name.Text)
                    .Put(unchecked((long)worker.Row.Incarnation.Value))
                    .PutText(worker.Row.Pool)
                    .Put(worker.Row.Joined.Micros)
                    .Run();
                break;
            case RowChange.WorkerGone worker:
                _removeWorker.PutName(worker.Name.Text).Run();
                break;
            case RowChange.MethodPut method:
                Put(method.Row);
                break;
            case RowChange.KeyAdded key:
                Put(key.Row);
                break;
            case RowChange.CounterPut counter:
                Put(counter.Row, shard);
                break;
            case RowChange.FeedPut feed:
                _putFeed.Put(shard).PutName(feed.Row.Name.Text).PutName(feed.Row.Queue.Text).Put(feed.Row.Start).Run();
                break;
            case RowChange.FeedRangePut range:
                _putFeedRange
                    .Put(shard)
                    .PutName(range.Row.Feed.Text)
                    .Put(range.Row.Span.From)
                    .Put(range.Row.Span.To)
                    .Run();
                break;
            case RowChange.FeedRangeGone range:
                _removeFeedRange.Put(shard).PutName(range.Feed.Text).Put(range.From).Run();
                if (database.Changes != 1)
                    throw new SqliteFailure(
                        SQLITE_CONSTRAINT,
                        $"The batch removes the range of the feed '{range.Feed}' that starts at {range.From}, "
                            + $"which does not exist in the store '{database.Path}'."
                    );
                break;
            default:
                throw new InvalidOperationException($"Unsupported row change {change.GetType().Name}.");
        }
    }

    private void Put(AttemptRow row)
    {
        _putAttempt
            .Put(row.Lease.Job.Value)
            .Put(row.Lease.Attempt)
            .PutName(row.Holder.Worker.Text)
            .Put(unchecked((long)row.Holder.Incarnation.Value))
            .Put((long)row.Kind)
            .Put(row.Claimed.Micros)
            .Put(row.Ended.Micros);
        ErrorColumns.Put(_putAttempt, row.Error);
        _putAttempt.Run();
    }

    private void Put(MethodRow row) =>
        _putMethod
            .PutName(row.Name.Text)
            .Put(row.Version)
            .PutText(row.Schema)
            .Put(row.Loss.FailWhenLost)
            .Put(row.Loss.Exclusive)
            .Put(row.Loss.MaxKills)
            .Put(row.Loss.MaxLosses)
            .PutText(row.ResultSchema)
            .Put(row.Slots)
            .Run();

    private void Put(KeyRow row)
    {
        Span<byte> hash = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(hash, row.Hash);
        _addKey
            .PutText(row.Name.Owner)
            .PutName(row.Name.Queue.Text)
            .PutText(row.Name.Text)
            .Put(hash)
            .Put(row.Job.Value)
            .Run();
    }

    private void Put(CounterRow row, int shard) =>
        _putCounter
            .Put(shard)
            .PutName(row.Queue.Text)
            .PutName(row.Method.Text)
            .Put((long)row.State)
            .Put(row.Jobs)
            .Put(row.InputBytes)
            .Put(row.ResultBytes)
            .Run();

    private static string Insert(string table, string[] columns) => $"INSERT INTO {Into(table, columns)}";

    private static string Replace(string table, string[] columns) => $"INSERT OR REPLACE INTO {Into(table, columns)}";

    private static string Into(string table, string[] columns) =>
        $"{table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", Enumerable.Repeat("?", columns.Length))})";
}
