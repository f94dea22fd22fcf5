namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 5: adds the registry, and a column for the length of params that are stored with the body (decision 30).
/// Version 4 stored this length in the column <c>params</c>, as a zero byte (no JSON text begins with one), followed by
/// a 32-bit big-endian number. Adding the column and converting these rows takes about 2 s for a million
/// completed jobs.
/// </summary>
internal static class Schema5
{
    public static readonly string Tables = $"""
        ALTER TABLE shard ADD COLUMN next_registry_version INTEGER NOT NULL DEFAULT 1;

        -- All documents are loaded into memory; records are read on demand. If a submission wrote the row, it names the
        -- job.
        CREATE TABLE registry_document (
            kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, job INTEGER, json BLOB NOT NULL,
            PRIMARY KEY (kind, id)) STRICT;
        CREATE TABLE registry_record (
            kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, job INTEGER, json BLOB NOT NULL,
            PRIMARY KEY (kind, id)) STRICT;

        {MoveParamsLength("job")}
        {MoveParamsLength("completed_job")}
        """;

    private static string MoveParamsLength(string table) =>
        $"""
            ALTER TABLE {table} ADD COLUMN payload_params_bytes INTEGER NOT NULL DEFAULT 0;
            UPDATE {table} SET payload_params_bytes = {BigEndian("hex(substr(params, 2))")}, params = x''
            WHERE length(params) = 5 AND substr(params, 1, 1) = x'00';
            """;

    /// <summary>Returns an expression for the number that eight hexadecimal digits represent.</summary>
    private static string BigEndian(string digits) =>
        string.Join(
            " + ",
            Enumerable
                .Range(0, 8)
                .Select(digit =>
                    $"((instr('0123456789ABCDEF', substr({digits}, {digit + 1}, 1)) - 1) << {28 - (4 * digit)})"
                )
        );
}
