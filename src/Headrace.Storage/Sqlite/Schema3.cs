namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 3: a small payload stands in its job's row, because a row of its own costs as much to write as the job's
/// (docs/performance.md). It is where it was in rows of earlier versions,
/// and in <c>payload</c> what is larger (<see cref="JobWriter.InRowBytes"/>).
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
