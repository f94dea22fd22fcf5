namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 1: the first tables. Times are in microseconds since 1970 (UTC), and durations are in microseconds. States,
/// reasons and kinds are stored as their numeric enum values. Names have a restricted format and are stored as TEXT.
/// All other text from clients is stored as a blob of UTF-8, so that SQLite cannot reject it (R5).
/// </summary>
internal static class Schema1
{
    public const string Tables = $"""
        CREATE TABLE store (identity TEXT NOT NULL, schema INTEGER NOT NULL) STRICT;

        CREATE TABLE shard (
            id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, owner TEXT,
            batch INTEGER NOT NULL, next_job INTEGER NOT NULL, next_finish INTEGER NOT NULL, now INTEGER NOT NULL) STRICT;

        CREATE TABLE job (id INTEGER PRIMARY KEY, {JobColumns}) STRICT;

        -- Rows are appended in completion order, so the row id is finish rather than id.
        CREATE TABLE done (
            finish INTEGER PRIMARY KEY, id INTEGER NOT NULL, ended INTEGER NOT NULL, reason INTEGER NOT NULL, {ErrorColumns},
            result_bytes INTEGER NOT NULL, result_type BLOB,
            received INTEGER, started INTEGER, stopped INTEGER, cpu_ms REAL, peak_bytes INTEGER, {JobColumns}) STRICT;
        CREATE UNIQUE INDEX done_id ON done (id);
        CREATE INDEX done_queue ON done (queue, finish);

        -- id = 2 * job, + 1 for a result, so a payload is found by row id without a second index. The bytes come last because a large row overflows there.
        CREATE TABLE payload (
            id INTEGER PRIMARY KEY, job INTEGER AS (id >> 1), kind INTEGER AS ((id & 1) + 1), content_type BLOB, bytes BLOB NOT NULL) STRICT;

        CREATE TABLE attempt (
            job INTEGER NOT NULL, attempt INTEGER NOT NULL, worker TEXT NOT NULL, incarnation INTEGER NOT NULL, kind INTEGER NOT NULL,
            claimed INTEGER NOT NULL, ended INTEGER NOT NULL, {ErrorColumns}, PRIMARY KEY (job, attempt)) STRICT;

        CREATE TABLE log (job INTEGER NOT NULL, attempt INTEGER NOT NULL, lines BLOB NOT NULL, PRIMARY KEY (job, attempt)) STRICT;

        CREATE TABLE worker (name TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, pool BLOB NOT NULL, joined INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE method (
            name TEXT NOT NULL, version INTEGER NOT NULL, schema BLOB NOT NULL, fail_when_lost INTEGER NOT NULL, exclusive INTEGER NOT NULL,
            max_kills INTEGER NOT NULL, max_losses INTEGER NOT NULL, PRIMARY KEY (name, version)) STRICT;

        -- The hash is 128 bits, big-endian.
        CREATE TABLE key (
            owner BLOB NOT NULL, queue TEXT NOT NULL, text BLOB NOT NULL, hash BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (owner, queue, text)) STRICT, WITHOUT ROWID;

        CREATE TABLE counter (
            queue TEXT NOT NULL, method TEXT NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL, input_bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL,
            PRIMARY KEY (queue, method, state)) STRICT, WITHOUT ROWID;
        """;

    /// <summary>
    /// The columns of a job, unfinished or ended: the specification, followed by the status. Incarnations have 64 bits
    /// and are stored as signed numbers.
    /// </summary>
    private const string JobColumns = """
        queue TEXT NOT NULL, method TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, due INTEGER NOT NULL, deadline INTEGER,
            time_limit INTEGER NOT NULL, retries INTEGER NOT NULL, params BLOB NOT NULL, owner BLOB NOT NULL, content_type BLOB, body_bytes INTEGER NOT NULL,
            submitted INTEGER NOT NULL,
            state INTEGER NOT NULL, wanted INTEGER NOT NULL, alone INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL, kills INTEGER NOT NULL,
            losses INTEGER NOT NULL, ran_version INTEGER NOT NULL, next_due INTEGER NOT NULL, ready_since INTEGER NOT NULL, claimed INTEGER NOT NULL,
            worker TEXT, incarnation INTEGER NOT NULL, granted INTEGER NOT NULL, reserved INTEGER NOT NULL
        """;

    private const string ErrorColumns =
        "error_type BLOB, error_message BLOB, error_detail BLOB, error_retryable INTEGER";
}
