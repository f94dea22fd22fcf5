namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 9: adds the columns for jobs that running attempts submit (decision 69). The indexes contain only such jobs,
/// so they cost nothing for the others. SQLite checks every row when it adds a column to a STRICT table, which takes
/// about 0.6 s per column for each million completed jobs.
/// </summary>
internal static class Schema9
{
    public static readonly string Tables = $"""
        {AddParent("job")}
        {AddParent("completed_job")}

        -- The latest submission of children by the running attempt: its number, and its last child; NULL if it was
        -- rejected. Both are NULL if the attempt has submitted none.
        ALTER TABLE job ADD COLUMN submission INTEGER;
        ALTER TABLE job ADD COLUMN last_child INTEGER;
        """;

    private static string AddParent(string table) =>
        $"""
            ALTER TABLE {table} ADD COLUMN parent INTEGER;
            ALTER TABLE {table} ADD COLUMN parent_attempt INTEGER;
            CREATE INDEX child_{table} ON {table} (parent, id) WHERE parent IS NOT NULL;
            """;
}
