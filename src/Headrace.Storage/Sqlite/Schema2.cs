namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 2: adds feeds, and a hash for every payload, so that damaged bytes are never returned. Payloads written by
/// version 1 have no hash.
/// </summary>
internal static class Schema2
{
    public const string Tables = """
        CREATE TABLE feed (name TEXT PRIMARY KEY, queue TEXT NOT NULL, start INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        -- Finish numbers, both ends included.
        CREATE TABLE feed_range (feed TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (feed, first)) STRICT, WITHOUT ROWID;

        ALTER TABLE payload ADD COLUMN sha256 BLOB;
        """;
}
