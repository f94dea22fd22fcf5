namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 4: renames tables and columns to standard terms and adds the columns that later features need (decision 17).
/// It does not rewrite any jobs. SQLite checks every row of a STRICT table when a column is added, which takes about
/// 0.6 s per column for each million completed jobs. The indexes keep their names, because renaming them would require
/// a rebuild.
/// </summary>
/// <remarks>
/// Tags are a sorted JSON array of strings, or NULL if there are none. Rows that identify only a queue or a feed now
/// include the shard; one file currently holds one shard.
/// </remarks>
internal static class Schema4
{
    public static readonly string Tables = $"""
        ALTER TABLE shard RENAME COLUMN next_finish TO next_completion_number;
        ALTER TABLE shard RENAME COLUMN now TO committed_at;

        ALTER TABLE done RENAME TO completed_job;
        ALTER TABLE completed_job RENAME COLUMN finish TO completion_number;
        ALTER TABLE completed_job RENAME COLUMN stopped TO attempt_ended;
        {ChangeJobColumns("job")}
        {ChangeJobColumns("completed_job")}

        ALTER TABLE method RENAME COLUMN max_kills TO max_worker_crashes;
        ALTER TABLE method RENAME COLUMN max_losses TO max_lost_leases;
        ALTER TABLE method ADD COLUMN result_schema BLOB NOT NULL DEFAULT x'';
        ALTER TABLE method ADD COLUMN slots INTEGER NOT NULL DEFAULT 1;

        ALTER TABLE key RENAME TO idempotency_key;

        ALTER TABLE counter RENAME TO old_counter;
        CREATE TABLE counter (
            shard INTEGER NOT NULL, queue TEXT NOT NULL, method TEXT NOT NULL, state INTEGER NOT NULL,
            jobs INTEGER NOT NULL, input_bytes INTEGER NOT NULL, result_bytes INTEGER NOT NULL,
            PRIMARY KEY (shard, queue, method, state)) STRICT, WITHOUT ROWID;
        INSERT INTO counter SELECT 0, queue, method, state, jobs, input_bytes, result_bytes FROM old_counter;
        DROP TABLE old_counter;

        ALTER TABLE feed RENAME TO old_feed;
        CREATE TABLE feed (
            shard INTEGER NOT NULL, name TEXT NOT NULL, queue TEXT NOT NULL, first_completion_number INTEGER NOT NULL,
            PRIMARY KEY (shard, name)) STRICT, WITHOUT ROWID;
        INSERT INTO feed SELECT 0, name, queue, start FROM old_feed;
        DROP TABLE old_feed;

        -- Completion numbers, both ends included.
        ALTER TABLE feed_range RENAME TO old_feed_range;
        CREATE TABLE feed_range (
            shard INTEGER NOT NULL, feed TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            PRIMARY KEY (shard, feed, first)) STRICT, WITHOUT ROWID;
        INSERT INTO feed_range SELECT 0, feed, first, last FROM old_feed_range;
        DROP TABLE old_feed_range;
        """;

    /// <summary>Changes the columns that unfinished and completed jobs share.</summary>
    private static string ChangeJobColumns(string table) =>
        $"""
            ALTER TABLE {table} RENAME COLUMN due TO scheduled_at;
            ALTER TABLE {table} RENAME COLUMN wanted TO stop_request;
            ALTER TABLE {table} RENAME COLUMN alone TO isolated;
            ALTER TABLE {table} RENAME COLUMN kills TO worker_crashes;
            ALTER TABLE {table} RENAME COLUMN losses TO lost_leases;
            ALTER TABLE {table} RENAME COLUMN next_due TO next_attempt_at;
            ALTER TABLE {table} RENAME COLUMN granted TO exchange_number;
            ALTER TABLE {table} RENAME COLUMN reserved TO reserved_bytes;
            ALTER TABLE {table} ADD COLUMN tags BLOB;
            ALTER TABLE {table} ADD COLUMN traceparent BLOB;
            """;
}
