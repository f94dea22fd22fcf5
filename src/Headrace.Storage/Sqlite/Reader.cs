using System.Buffers.Binary;
using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>A read-only connection. Each read uses one snapshot. Only one caller uses it at a time.</summary>
internal sealed class Reader(Database database) : IDisposable
{
    private static readonly string Job = $"SELECT id, {string.Join(", ", JobColumns.All)} FROM job";
    private static readonly string Done = $"SELECT {string.Join(", ", CompletedJobColumns.All)} FROM completed_job";

    // A small payload is stored in its job's row.
    private const string Result =
        "SELECT content_type, sha256, bytes FROM payload WHERE id = ?1 UNION ALL SELECT result_type, "
        + "result_sha256, result FROM completed_job WHERE id = ?2 AND result IS NOT NULL";
    private const string Input = """
        SELECT content_type, sha256, bytes FROM payload WHERE id = ?1 UNION ALL SELECT content_type, input_sha256, input FROM job WHERE id = ?2 AND input IS NOT NULL
        UNION ALL SELECT content_type, input_sha256, input FROM completed_job WHERE id = ?2 AND input IS NOT NULL
        """;

    public Database Database { get; } = database;

    /// <summary>Reads all unfinished state in the order that <see cref="IJournal.LoadAsync"/> requires.</summary>
    public IEnumerable<StoredRow> Load()
    {
        using var snapshot = new Snapshot(Database);
        foreach (
            var row in Rows("SELECT id, batch, next_job, next_completion_number, committed_at FROM shard", TakeShard)
        )
            yield return row;
        foreach (
            var row in Rows(
                "SELECT queue, method, state, jobs, input_bytes, result_bytes FROM counter ORDER BY queue, "
                    + "method, state",
                TakeCounter
            )
        )
            yield return row;
        foreach (
            var row in Rows(
                """
                SELECT name, version, schema, fail_when_lost, exclusive, max_worker_crashes, max_lost_leases, result_schema, slots
                FROM method ORDER BY name, version
                """,
                TakeMethod
            )
        )
            yield return row;
        foreach (var row in Rows("SELECT name, incarnation, pool, joined FROM worker ORDER BY name", TakeWorker))
            yield return row;
        foreach (
            var row in Rows(
                "SELECT name, queue, first_completion_number FROM feed ORDER BY name",
                s => new FeedRow(new FeedName(s.TakeText()), new QueueName(s.TakeText()), s.TakeLong())
            )
        )
            yield return row;
        foreach (
            var row in Rows(
                "SELECT feed, first, last FROM feed_range ORDER BY feed, first",
                s => new FeedRangeRow(new FeedName(s.TakeText()), new Span(s.TakeLong(), s.TakeLong()))
            )
        )
            yield return row;
        foreach (var row in Rows($"{Job} ORDER BY id", JobColumns.Take))
            yield return row;
    }

    public List<StoredRow> Read(IReadOnlyList<RowKey> keys)
    {
        using var snapshot = new Snapshot(Database);
        var rows = new List<StoredRow>(keys.Count);
        foreach (var key in keys)
            rows.AddRange(Read(key));
        return rows;
    }

    private IEnumerable<StoredRow> Read(RowKey asked) =>
        asked switch
        {
            RowKey.Live live => Rows($"{Job} WHERE id = ?", JobColumns.Take, live.Job.Value),
            RowKey.Ended ended => Rows($"{Done} WHERE id = ?", CompletedJobColumns.Take, ended.Job.Value),
            RowKey.Payload payload => Rows(
                payload.Kind == PayloadKind.Input ? Input : Result,
                s => TakePayload(payload, s),
                s => s.Put(PayloadKey.Of(payload.Job, payload.Kind)).Put(payload.Job.Value)
            ),
            RowKey.Ends ends => [CompletionScan.Read(ends, gap => EndsScan.Rows(Database, ends, gap))],
            RowKey.Attempts attempts => Rows(
                "SELECT attempt, worker, incarnation, kind, claimed, ended, "
                    + $"{string.Join(", ", ErrorColumns.All)} FROM attempt WHERE job = ? ORDER BY attempt",
                s => TakeAttempt(attempts.Job, s),
                attempts.Job.Value
            ),
            RowKey.Logs logs => Rows(
                "SELECT attempt, lines FROM log WHERE job = ? ORDER BY attempt",
                s => new LogRow(new LeaseToken(logs.Job, s.TakeInt()), s.TakeBytes()),
                logs.Job.Value
            ),
            RowKey.Key key => Rows(
                "SELECT hash, job FROM idempotency_key WHERE owner = ? AND queue = ? AND text = ?",
                s => new KeyRow(
                    key.Name,
                    BinaryPrimitives.ReadUInt128BigEndian(s.TakeBytes()),
                    new JobId(s.TakeLong())
                ),
                s => s.PutText(key.Name.Owner).PutName(key.Name.Queue.Text).PutText(key.Name.Text)
            ),
            _ => throw new InvalidOperationException($"Unsupported row key {asked.GetType().Name}."),
        };

    public void Dispose() => Database.Dispose();

    private IEnumerable<T> Rows<T>(string sql, Func<Statement, T> take, long key) =>
        Rows(sql, take, statement => statement.Put(key));

    private IEnumerable<T> Rows<T>(string sql, Func<Statement, T> take, Action<Statement>? put = null)
    {
        var statement = Database.Prepare(sql);
        try
        {
            put?.Invoke(statement);
            while (statement.Step())
                yield return take(statement);
        }
        finally
        {
            statement.Reset();
        }
    }

    private static ShardRow TakeShard(Statement from)
    {
        var id = from.TakeInt();
        return new(from.TakeLong(), from.TakeLong(), from.TakeLong(), new Instant(from.TakeLong())) { Id = id };
    }

    private static CounterRow TakeCounter(Statement from) =>
        new(
            new QueueName(from.TakeText()),
            new MethodName(from.TakeText()),
            (JobState)from.TakeInt(),
            from.TakeLong(),
            from.TakeLong(),
            from.TakeLong()
        );

    private static MethodRow TakeMethod(Statement from) =>
        new(new MethodName(from.TakeText()), from.TakeInt(), from.TakeText())
        {
            Loss = new LossLimits
            {
                FailWhenLost = from.TakeBool(),
                Exclusive = from.TakeBool(),
                MaxKills = from.TakeInt(),
                MaxLosses = from.TakeInt(),
            },
            ResultSchema = from.TakeText(),
            Slots = from.TakeInt(),
        };

    private static WorkerRow TakeWorker(Statement from) =>
        new(
            new WorkerName(from.TakeText()),
            new Incarnation(unchecked((ulong)from.TakeLong())),
            from.TakeText(),
            new Instant(from.TakeLong())
        );

    /// <summary>
    /// Verifies the stored hash. Bytes that do not match are reported as damaged and never returned. Rows written by
    /// schema version 1 have no hash.
    /// </summary>
    private static PayloadRow TakePayload(RowKey.Payload asked, Statement from)
    {
        var (type, hash, bytes) = (from.TakeTextOrNull(), from.TakeBytesOrNull(), from.TakeBytes());
        var isDamaged = hash is not null && !SHA256.HashData(bytes).AsSpan().SequenceEqual(hash);
        return isDamaged
            ? new PayloadRow(asked.Job, asked.Kind, type, default) { IsDamaged = true }
            : new PayloadRow(asked.Job, asked.Kind, type, bytes);
    }

    private static AttemptRow TakeAttempt(JobId job, Statement from)
    {
        var lease = new LeaseToken(job, from.TakeInt());
        var holder = new Holder(new WorkerName(from.TakeText()), new Incarnation(unchecked((ulong)from.TakeLong())));
        return new AttemptRow(
            lease,
            holder,
            (OutcomeKind)from.TakeInt(),
            new Instant(from.TakeLong()),
            new Instant(from.TakeLong()),
            ErrorColumns.Take(from)
        );
    }
}
