using System.Globalization;
using Headrace.Storage.Sqlite;

namespace Headrace.Bench.Retention;

/// <summary>
/// Adds ended jobs to the file of a stopped server: succeeded <c>noop</c> jobs with a body and a result of 64 bytes and
/// an idempotency key, as the client library submits them.
/// </summary>
internal static class EndedJobs
{
    public const string Queue = "retention";

    public const int ResultBytes = BodyBytes;

    private const int BodyBytes = 64;

    /// <summary>Adds jobs that ended at the given time, one microsecond after another.</summary>
    public static void Add(string data, long jobs, DateTimeOffset firstEnded)
    {
        using var database = Database.Open(Path.Combine(data, "headrace.db"), writable: true, TimeSpan.FromSeconds(10));
        var next = database.QueryLong("SELECT next_job FROM shard");
        var completion = database.QueryLong("SELECT next_completion_number FROM shard");
        var ended = (firstEnded - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            PRAGMA synchronous = OFF;
            BEGIN IMMEDIATE;
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {jobs - 1})
            INSERT INTO completed_job (completion_number, id, ended, reason, result_bytes, result_type, queue, method,
                version, priority, scheduled_at, time_limit, retries, params, owner, content_type, body_bytes,
                submitted, state, stop_request, isolated, attempt, failures, worker_crashes, lost_leases, ran_version,
                next_attempt_at, ready_since, claimed, worker, incarnation, exchange_number, reserved_bytes,
                input_sha256, input, result_sha256, result)
            SELECT {completion} + i, {next} + i, {ended} + i, 0, {BodyBytes}, CAST('text/plain' AS BLOB), '{Queue}',
                'noop', 0, 0, {ended} + i, 0, 3, x'', CAST('admin' AS BLOB), CAST('text/plain' AS BLOB),
                {BodyBytes}, {ended} + i, 5, 0, 0, 1, 0, 0, 0, 1, {ended} + i, {ended} + i, {ended} + i, 'w1', 1, 1, 0,
                randomblob(32), randomblob({BodyBytes}), randomblob(32), randomblob({BodyBytes}) FROM n;
            INSERT INTO idempotency_key (owner, queue, text, hash, job)
            SELECT CAST('admin' AS BLOB), '{Queue}', CAST(hex(randomblob(16)) AS BLOB), randomblob(16), id
            FROM completed_job WHERE completion_number >= {completion};
            INSERT INTO counter (shard, queue, method, state, jobs, input_bytes, result_bytes)
            VALUES (0, '{Queue}', 'noop', 5, {jobs}, {jobs * BodyBytes}, {jobs * BodyBytes})
            ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs, input_bytes = input_bytes + excluded.input_bytes,
                result_bytes = result_bytes + excluded.result_bytes;
            UPDATE shard SET next_job = next_job + {jobs}, next_completion_number = next_completion_number + {jobs};
            COMMIT;
            PRAGMA wal_checkpoint(TRUNCATE);
            """
        );
        database.Execute(text);
    }
}
