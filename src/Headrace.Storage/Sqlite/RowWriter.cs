using System.Buffers.Binary;
using Headrace.Core;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Executes row changes with one prepared statement per kind. A change that conflicts with the stored rows or violates
/// a constraint throws <see cref="SqliteStoreException"/>.
/// </summary>
internal sealed class RowWriter(Database database) : IDisposable
{
    private readonly JobWriter _jobs = new(database);
    private readonly JobRunWriter _runs = new(database);
    private readonly JobDeleter _deleter = new(database);
    private readonly RegistryWriter _registry = new(database);
    private readonly Statement _putAttempt = database.Prepare(
        Replace(
            "attempt",
            [
                "job",
                "attempt",
                "worker",
                "incarnation",
                "kind",
                "claimed",
                "ended",
                .. ErrorColumns.All,
                .. MetricsColumns.All,
            ]
        )
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
                "retry",
            ]
        )
    );
    private readonly Statement _addKey = database.Prepare(
        Insert("idempotency_key", ["owner", "queue", "text", "hash", "job"])
    );
    private readonly Statement _putCounter = database.Prepare(
        Replace("counter", ["shard", "queue", "method", "state", "jobs", "input_bytes", "result_bytes"])
    );

    private readonly Statement _putSweep = database.Prepare(Replace("sweep", SweepColumns.All));
    private readonly Statement _removeSweep = database.Prepare("DELETE FROM sweep WHERE id = ?");

    private readonly Statement _putFeed = database.Prepare(
        Replace(
            "feed",
            ["shard", "name", "queue", "first_completion_number", "states", "implicit", "first_epoch", "expired"]
        )
    );
    private readonly Statement _removeFeed = database.Prepare("DELETE FROM feed WHERE shard = ? AND name = ?");
    private readonly Statement _putFeedRange = database.Prepare(
        Replace("feed_range", ["shard", "feed", "first", "last"])
    );
    private readonly Statement _removeFeedRange = database.Prepare(
        "DELETE FROM feed_range WHERE shard = ? AND feed = ? AND first = ?"
    );
    private readonly Statement _removeFeedRanges = database.Prepare(
        "DELETE FROM feed_range WHERE shard = ? AND feed = ?"
    );

    /// <summary>
    /// Writes all changes of a batch in order. Sets <paramref name="at"/> to the change being written, so that a
    /// rejection can name it.
    /// </summary>
    public void Write(IReadOnlyList<RowChange> changes, int shard, ref RowChange? at)
    {
        _jobs.BeginBatch(changes);
        for (var i = 0; i < changes.Count;)
        {
            at = changes[i];
            if (at is RowChange.JobEnded { OnlyStateChanged: true })
                i += _runs.End(changes, i);
            else
                Write(changes[i++], shard);
        }
        if (_jobs.HasUnwrittenPayloads)
        {
            foreach (var change in changes)
            {
                if (change is not RowChange.PayloadAdded payload)
                    continue;
                at = change;
                _jobs.AddUnwritten(payload.Row);
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
            case RowChange.JobDeleted deleted:
                _deleter.Delete(deleted.Job);
                break;
            case RowChange.JobRemoved removed:
                _jobs.Remove(removed);
                break;
            case RowChange.JobReadmitted readmitted:
                _jobs.Readmit(readmitted.Job, readmitted.CompletionNumber);
                break;
            case RowChange.JobRequeued requeued:
                _jobs.Requeue(requeued);
                break;
            case RowChange.SweepPut sweep:
                SweepColumns.Put(_putSweep, sweep.Row);
                break;
            case RowChange.SweepRemoved sweep:
                _removeSweep.Bind(sweep.Sweep).Run();
                if (database.Changes != 1)
                    throw new SqliteStoreException(
                        SQLITE_CONSTRAINT,
                        $"The batch removes sweep {sweep.Sweep}, but the store has no such sweep."
                    );
                break;
            case RowChange.PayloadAdded payload:
                _jobs.Add(payload.Row);
                break;
            case RowChange.AttemptAdded attempt:
                Put(attempt.Row);
                break;
            case RowChange.LogPut log:
                _putLog.Bind(log.Row.Lease.Job.Value).Bind(log.Row.Lease.Attempt).Bind(log.Row.Lines.Span).Run();
                break;
            case RowChange.WorkerPut worker:
                _putWorker
                    .BindName(worker.Row.Name.Text)
                    .Bind(unchecked((long)worker.Row.Incarnation.Value))
                    .BindText(worker.Row.Pool)
                    .Bind(worker.Row.Joined.Micros)
                    .Run();
                break;
            case RowChange.WorkerRemoved worker:
                _removeWorker.BindName(worker.Name.Text).Run();
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
                _putFeed
                    .Bind(shard)
                    .BindName(feed.Row.Name.Text)
                    .BindName(feed.Row.Queue.Text)
                    .Bind(feed.Row.Start)
                    .Bind((int)feed.Row.States)
                    .Bind(feed.Row.Implicit ? 1 : 0)
                    .Bind(feed.Row.FirstEpoch)
                    .Bind(feed.Row.Expired)
                    .Run();
                break;
            case RowChange.FeedRemoved feed:
                _removeFeed.Bind(shard).BindName(feed.Feed.Text).Run();
                if (database.Changes != 1)
                    throw new SqliteStoreException(
                        SQLITE_CONSTRAINT,
                        $"The batch removes the feed '{feed.Feed}', but the store has no such feed."
                    );
                break;
            case RowChange.FeedRangesRemoved feed:
                _removeFeedRanges.Bind(shard).BindName(feed.Feed.Text).Run();
                break;
            case RowChange.FeedRangePut range:
                _putFeedRange
                    .Bind(shard)
                    .BindName(range.Row.Feed.Text)
                    .Bind(range.Row.Range.From)
                    .Bind(range.Row.Range.To)
                    .Run();
                break;
            case RowChange.FeedRangeRemoved range:
                _removeFeedRange.Bind(shard).BindName(range.Feed.Text).Bind(range.From).Run();
                if (database.Changes != 1)
                    throw new SqliteStoreException(
                        SQLITE_CONSTRAINT,
                        $"The batch removes the range starting at {range.From} from feed '{range.Feed}', but the store "
                            + "has no such range."
                    );
                break;
            case RowChange.DocumentPut document:
                _registry.Put(document.Row);
                break;
            case RowChange.DocumentRemoved document:
                _registry.Remove(document);
                break;
            case RowChange.RecordPut record:
                _registry.Put(record.Row);
                break;
            case RowChange.RecordRemoved record:
                _registry.Remove(record);
                break;
            default:
                throw new InvalidOperationException($"Unsupported row change {change.GetType().Name}.");
        }
    }

    private void Put(AttemptRow row)
    {
        _putAttempt
            .Bind(row.Lease.Job.Value)
            .Bind(row.Lease.Attempt)
            .BindName(row.Holder.Worker.Text)
            .Bind(unchecked((long)row.Holder.Incarnation.Value))
            .Bind((long)row.Kind)
            .Bind(row.Claimed.Micros)
            .Bind(row.Ended.Micros);
        ErrorColumns.Bind(_putAttempt, row.Error);
        MetricsColumns.Bind(_putAttempt, row.Metrics);
        _putAttempt.Run();
    }

    private void Put(MethodRow row)
    {
        _putMethod
            .BindName(row.Name.Text)
            .Bind(row.Version)
            .BindText(row.Schema)
            .Bind(row.LossPolicy.FailWhenLost)
            .Bind(row.LossPolicy.Exclusive)
            .Bind(row.LossPolicy.MaxWorkerCrashes)
            .Bind(row.LossPolicy.MaxLostLeases)
            .BindText(row.ResultSchema)
            .Bind(row.Slots);
        RetryColumn.Put(_putMethod, row.Retry);
        _putMethod.Run();
    }

    private void Put(KeyRow row)
    {
        Span<byte> hash = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(hash, row.Hash);
        _addKey
            .BindText(row.Name.Owner)
            .BindName(row.Name.Queue.Text)
            .BindText(row.Name.Text)
            .Bind(hash)
            .Bind(row.Job.Value)
            .Run();
    }

    private void Put(CounterRow row, int shard) =>
        _putCounter
            .Bind(shard)
            .BindName(row.Queue.Text)
            .BindName(row.Method.Text)
            .Bind((long)row.State)
            .Bind(row.Jobs)
            .Bind(row.InputBytes)
            .Bind(row.ResultBytes)
            .Run();

    private static string Insert(string table, string[] columns) => $"INSERT INTO {Into(table, columns)}";

    private static string Replace(string table, string[] columns) => $"INSERT OR REPLACE INTO {Into(table, columns)}";

    private static string Into(string table, string[] columns) =>
        $"{table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", Enumerable.Repeat("?", columns.Length))})";
}
