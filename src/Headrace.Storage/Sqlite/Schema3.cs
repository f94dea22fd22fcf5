namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 3: stores small payloads in the row of their job, because a separate row costs as much to write as the job
/// itself (docs/performance.md). Payloads written by earlier versions stay where they are, and larger ones
/// (<see cref="JobWriter.MaxInlineBytes"/>) are still written to <c>payload</c>.
/// </summary>
internal static class Schema3
{
    public const string Tables = """
        ALTER TABLE job ADD COLUMN input_sha256 BLOB;
        ALTER TABLE job ADD COLUMN input BLOB;

        ALTER TABLE done ADD COLUMN input_sha256 BLOB;
        ALTER TABLE done ADD COLUMN input BLOB;
        ALTER TABLE done ADD COLUMN result_sha256 BLOB;
        ALTER TABLE done ADD COLUMN result BLOB;
        """;
}
