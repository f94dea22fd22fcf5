namespace Headrace.Storage.Sqlite;

/// <summary>
/// Version 8: adds the columns that feeds with leases need (decision 45). In earlier versions, all feeds were created
/// by pulls that acknowledge at once, and delivered only succeeded jobs. The job tables stay unchanged.
/// </summary>
internal static class Schema8
{
    public const string Tables = """
        ALTER TABLE shard ADD COLUMN next_delivery_epoch INTEGER NOT NULL DEFAULT 1;

        -- The states are 1 for succeeded, 2 for failed and cancelled, 3 for all.
        ALTER TABLE feed ADD COLUMN states INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE feed ADD COLUMN implicit INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE feed ADD COLUMN first_epoch INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE feed ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
        """;
}
