using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Opens the file for writing: creates the tables of a new store, upgrades an older store, rejects a newer one or a
/// file that is not a Headrace store, and takes ownership.
/// </summary>
internal static class StoreFile
{
    /// <summary>
    /// Maximum time to wait at startup for a lock held by another program. A commit waits for a much shorter time,
    /// because other requests wait for the commit.
    /// </summary>
    private static readonly TimeSpan StartLockTimeout = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan CommitLockTimeout = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Size of the page cache: 64 MB. For up to about ten million jobs, it keeps the inner pages of every tree and the
    /// growing leaves in memory.
    /// </summary>
    private const int CacheKilobytes = 64 << 10;

    public static Database Open(string path, Durability durability)
    {
        CreateIfMissing(path);
        var database = Database.Open(path, writable: true, StartLockTimeout);
        try
        {
            // Check the version before the first change, so that another program's file is not modified.
            ReadSchemaVersion(database);
            // Page size and vacuum mode are fixed when the first page is written. With pages of 16 KB, large bodies are
            // handled nearly twice as fast as with pages of 4 KB.
            database.Execute(
                $"PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -{CacheKilobytes};"
            );
            database.Execute(
                $"PRAGMA synchronous = {(durability == Durability.Fsync ? "FULL" : "NORMAL")}; PRAGMA "
                    + "journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
            );
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Upgrades the tables and increments the epoch in one transaction.</summary>
    public static (StoreRow Store, Epoch Epoch) TakeOwnership(
        Database database,
        StoreId identity,
        StoreOwner storeOwner
    )
    {
        try
        {
            database.Execute("BEGIN IMMEDIATE");
            var version = ReadSchemaVersion(database);
            if (version == 0)
            {
                Schema.Migrate(database, 0);
                database.Execute($"PRAGMA application_id = {Schema.ApplicationId}");
                database
                    .Prepare("INSERT INTO store (identity, schema) VALUES (?, ?)")
                    .BindName(identity.Text)
                    .Bind(Schema.Current)
                    .Run();
                database.Execute(
                    """
                    INSERT INTO shard (id, epoch, batch, next_job, next_completion_number, committed_at)
                    VALUES (0, 0, 0, 1, 1, 0)
                    """
                );
            }
            else if (version < Schema.Current)
            {
                Schema.Migrate(database, version);
                database.Prepare("UPDATE store SET schema = ?").Bind(Schema.Current).Run();
            }
            database
                .Prepare("UPDATE shard SET epoch = epoch + 1, owner = ?")
                .BindName($"{storeOwner.Host} {storeOwner.ProcessId}")
                .Run();
            var epoch = new Epoch(database.QueryLong("SELECT epoch FROM shard"));
            var store = new StoreRow(Identity(database), Schema.Current);
            database.Execute("COMMIT");
            database.WaitForLocks(CommitLockTimeout);
            return (store, epoch);
        }
        finally
        {
            database.RollBack();
        }
    }

    /// <summary>
    /// Returns the schema version of the file; 0 if it is empty. Throws if this program must not use the file.
    /// </summary>
    private static int ReadSchemaVersion(Database database)
    {
        if (database.QueryLong("SELECT count(*) FROM sqlite_schema") == 0)
            return 0;
        if (database.QueryLong("PRAGMA application_id") != Schema.ApplicationId)
            throw new HeadraceException(
                $"'{database.Path}' is a SQLite database, but not a Headrace store. Choose another data folder."
            );
        var version = (int)database.QueryLong("SELECT schema FROM store");
        return version <= Schema.Current
            ? version
            : throw new HeadraceException(
                $"The store '{database.Path}' has schema version {version}; this version of Headrace supports "
                    + $"versions up to {Schema.Current}. "
                    + "Run the newer version of Headrace that wrote it, or choose another data folder."
            );
    }

    private static StoreId Identity(Database database)
    {
        var statement = database.Prepare("SELECT identity FROM store");
        try
        {
            return statement.Step()
                ? new StoreId(statement.ReadText())
                : throw new HeadraceException($"The store '{database.Path}' has no identity row. Restore a backup.");
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>
    /// Creates the file so that only its owner can read and write it, because it contains job bodies. SQLite gives its
    /// side files the same mode.
    /// </summary>
    private static void CreateIfMissing(string path)
    {
        try
        {
            using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.ReadWrite,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new HeadraceException(
                $"The store '{path}' cannot be opened: {failure.Message} Check that the store's folder exists and that "
                    + "this user can write to it.",
                failure
            );
        }
    }
}
