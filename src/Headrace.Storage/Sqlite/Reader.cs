using System.Buffers.Binary;
using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Storage.Sqlite;

/// <summary>A read-only connection. Each read uses one snapshot. Only one caller uses it at a time.</summary>
internal sealed class Reader(Database database) : IDisposable
{
    private static readonly string Job = $"SELECT {string.Join(", ", JobColumns.Unfinished)} FROM job";
    private static readonly string Done = $"SELECT {string.Join(", ", CompletedJobColumns.All)} FROM completed_job";

    // A small payload is stored in its job's row, so the query reads from both places.
    private const string Result =
        "SELECT content_type, sha256, bytes FROM payload WHERE id = ?1 UNION ALL SELECT result_type, "
        + "result_sha256, result FROM completed_job WHERE id = ?2 AND result IS NOT NULL";
    private const string Input = """
        SELECT content_type, sha256, bytes FROM payload WHERE id = ?1
        UNION ALL SELECT content_type, input_sha256, input FROM job WHERE id = ?2 AND input IS NOT NULL
        UNION ALL SELECT content_type, input_sha256, input FROM completed_job WHERE id = ?2 AND input IS NOT NULL
        """;

    // The hash object is reused, because creating one takes longer than hashing a small payload.
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public Database Database { get; } = database;

    /// <summary>Reads all unfinished state in the order that <see cref="IJobStore.LoadAsync"/> requires.</summary>
    public IEnumerable<StoredRow> Load()
    {
        using var snapshot = new Snapshot(Database);
        foreach (
            var row in Rows(
                """
                SELECT id, batch, next_job, next_completion_number, committed_at, next_registry_version,
                    next_delivery_epoch
                FROM shard
                """,
                TakeShard
            )
        )
            yield return row;
        foreach (
            var row in Rows(
                "SELECT queue, method, state, jobs, input_bytes, result_bytes FROM counter ORDER BY queue, "
                    + "method, state",
                ReadCounter
            )
        )
            yield return row;
        foreach (
            var row in Rows(
                """
                SELECT name, version, schema, fail_when_lost, exclusive, max_worker_crashes, max_lost_leases,
                    result_schema, slots, retry
                FROM method ORDER BY name, version
                """,
                ReadMethod
            )
        )
            yield return row;
        foreach (var row in Rows("SELECT name, incarnation, pool, joined FROM worker ORDER BY name", ReadWorker))
            yield return row;
        foreach (
            var row in Rows(
                """
                SELECT name, queue, first_completion_number, states, implicit, first_epoch, expired
                FROM feed ORDER BY name
                """,
                ReadFeed
            )
        )
            yield return row;
        foreach (
            var row in Rows(
                "SELECT feed, first, last FROM feed_range ORDER BY feed, first",
                s => new FeedRangeRow(new FeedName(s.ReadText()), new CompletionRange(s.ReadLong(), s.ReadLong()))
            )
        )
            yield return row;
        foreach (var row in Rows(RegistryReader.Documents, RegistryReader.ReadDocument))
            yield return row;
        foreach (
            var row in Rows($"SELECT {string.Join(", ", SweepColumns.All)} FROM sweep ORDER BY id", SweepColumns.Read)
        )
            yield return row;
        foreach (var row in Rows($"{Job} ORDER BY id", JobColumns.ReadUnfinished))
            yield return row;
    }

    public List<StoredRow> Read(IReadOnlyList<RowKey> keys)
    {
        using var snapshot = new Snapshot(Database);
        var rows = new List<StoredRow>(keys.Count);
        foreach (var key in keys)
            // Payloads are read for every job, so their reads avoid the allocations of the other reads.
            if (key is not RowKey.Payload payload)
                rows.AddRange(Read(key));
            else if (FindPayload(payload) is { } row)
                rows.Add(row);
        return rows;
    }

    private PayloadRow? FindPayload(RowKey.Payload key)
    {
        var statement = Database.Prepare(key.Kind == PayloadKind.Input ? Input : Result);
        try
        {
            statement.Bind(PayloadKey.Of(key.Job, key.Kind)).Bind(key.Job.Value);
            return statement.Step() ? ReadPayload(key, statement) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private IEnumerable<StoredRow> Read(RowKey rowKey) =>
        rowKey switch
        {
            RowKey.Live live => Rows($"{Job} WHERE id = ?", JobColumns.ReadUnfinished, live.Job.Value),
            RowKey.Ended ended => Rows($"{Done} WHERE id = ?", CompletedJobColumns.Take, ended.Job.Value),
            RowKey.Completions completions =>
            [
                CompletionScan.Read(completions, gap => CompletionReader.Rows(Database, completions, gap)),
            ],
            RowKey.History history => [HistoryScan.Read(history, HistoryReader.Rows(Database, history))],
            RowKey.EndedJob ended => HistoryReader.Row(Database, ended.Job),
            RowKey.Attempts attempts => Rows(
                "SELECT attempt, worker, incarnation, kind, claimed, ended, "
                    + $"{string.Join(", ", [.. ErrorColumns.All, .. MetricsColumns.All])} FROM attempt "
                    + "WHERE job = ? ORDER BY attempt",
                s => ReadAttempt(attempts.Job, s),
                attempts.Job.Value
            ),
            RowKey.Logs logs => Rows(
                "SELECT attempt, lines FROM log WHERE job = ? ORDER BY attempt",
                s => new LogRow(new LeaseToken(logs.Job, s.ReadInt()), s.ReadBytes()),
                logs.Job.Value
            ),
            RowKey.Key key => Rows(
                "SELECT hash, job FROM idempotency_key WHERE owner = ? AND queue = ? AND text = ?",
                s => new KeyRow(
                    key.Name,
                    BinaryPrimitives.ReadUInt128BigEndian(s.ReadBytes()),
                    new JobId(s.ReadLong())
                ),
                s => s.BindText(key.Name.Owner).BindName(key.Name.Queue.Text).BindText(key.Name.Text)
            ),
            RowKey.SweepPage page =>
            [
                SweepPageRow.Of(
                    page.Sweep,
                    new JobSearch(Database, page.Filter, JobOrder.Newest, TimeProvider.System).Find(
                        new Cursor(page.Sweep.Cursor),
                        page.MaxJobs,
                        TimeSpan.MaxValue,
                        RowKey.SweepPage.MaxExamined
                    ),
                    job => HistoryReader.Row(Database, job).Single()
                ),
            ],
            RowKey.Record record => Rows(
                RegistryReader.Record,
                RegistryReader.ReadRecord,
                s => s.BindName(record.Kind).BindName(record.Id)
            ),
            RowKey.Records records =>
            [
                RecordScan.Read(
                    records,
                    Rows(
                        RegistryReader.Records(records.Order),
                        RegistryReader.ReadRecord,
                        s => s.BindName(records.Kind).BindName(RecordScan.Start(records))
                    )
                ),
            ],
            _ => throw new InvalidOperationException($"Unsupported row key {rowKey.GetType().Name}."),
        };

    public void Dispose()
    {
        _sha256.Dispose();
        Database.Dispose();
    }

    private IEnumerable<T> Rows<T>(string sql, Func<Statement, T> take, long key) =>
        Rows(sql, take, statement => statement.Bind(key));

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
        var id = from.ReadInt();
        return new(from.ReadLong(), from.ReadLong(), from.ReadLong(), new Instant(from.ReadLong()))
        {
            Id = id,
            NextRegistryVersion = from.ReadLong(),
            NextDeliveryEpoch = from.ReadLong(),
        };
    }

    private static FeedRow ReadFeed(Statement from) =>
        new(new FeedName(from.ReadText()), new QueueName(from.ReadText()), from.ReadLong())
        {
            States = (FeedStates)from.ReadInt(),
            Implicit = from.ReadInt() != 0,
            FirstEpoch = from.ReadLong(),
            Expired = from.ReadLong(),
        };

    private static CounterRow ReadCounter(Statement from) =>
        new(
            new QueueName(from.ReadText()),
            new MethodName(from.ReadText()),
            (JobState)from.ReadInt(),
            from.ReadLong(),
            from.ReadLong(),
            from.ReadLong()
        );

    private static MethodRow ReadMethod(Statement from) =>
        new(new MethodName(from.ReadText()), from.ReadInt(), from.ReadText())
        {
            LossPolicy = new LossPolicy
            {
                FailWhenLost = from.ReadBool(),
                Exclusive = from.ReadBool(),
                MaxWorkerCrashes = from.ReadInt(),
                MaxLostLeases = from.ReadInt(),
            },
            ResultSchema = from.ReadText(),
            Slots = from.ReadInt(),
            Retry = RetryColumn.Take(from),
        };

    private static WorkerRow ReadWorker(Statement from) =>
        new(
            new WorkerName(from.ReadText()),
            new Incarnation(unchecked((ulong)from.ReadLong())),
            from.ReadText(),
            new Instant(from.ReadLong())
        );

    /// <summary>
    /// Verifies the stored hash. Bytes that do not match are reported as damaged and never returned. Rows written by
    /// schema version 1 have no hash.
    /// </summary>
    private PayloadRow ReadPayload(RowKey.Payload payload, Statement from)
    {
        var (type, hash, bytes) = (from.ReadTextOrNull(), from.ReadBytesOrNull(), from.ReadBytes());
        Span<byte> actual = stackalloc byte[SHA256.HashSizeInBytes];
        _sha256.AppendData(bytes);
        _sha256.GetHashAndReset(actual);
        var isDamaged = hash is not null && !actual.SequenceEqual(hash);
        return isDamaged
            ? new PayloadRow(payload.Job, payload.Kind, type, default) { IsDamaged = true }
            : new PayloadRow(payload.Job, payload.Kind, type, bytes);
    }

    private static AttemptRow ReadAttempt(JobId job, Statement from)
    {
        var lease = new LeaseToken(job, from.ReadInt());
        var leaseHolder = new LeaseHolder(
            new WorkerName(from.ReadText()),
            new Incarnation(unchecked((ulong)from.ReadLong()))
        );
        return new AttemptRow(
            lease,
            leaseHolder,
            (OutcomeKind)from.ReadInt(),
            new Instant(from.ReadLong()),
            new Instant(from.ReadLong()),
            ErrorColumns.Read(from)
        )
        {
            Metrics = MetricsColumns.Read(from),
        };
    }
}
