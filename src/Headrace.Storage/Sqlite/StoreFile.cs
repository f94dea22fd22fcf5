using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Opens the file for writing: makes the tables of a new store, brings an older one up to date, refuses what is newer
/// or not ours, and takes ownership.
/// </summary>
internal static class StoreFile
{
    /// <summary>
    /// How long to wait for another program's lock at start; commits wait far less, because others wait for them.
    /// </summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan CommitPatience = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// 64 MB of pages: the inner pages of every tree and the leaves that grow stay in memory up to some ten million
    /// jobs.
    /// </summary>
    private const int CacheKilobytes = 64 << 10;

    public static Database Open(string path, Durability durability)
    {
        Create(path);
        var database = Database.Open(path, writable: true, StartPatience);
        try
        {
            // Before the first change of any kind: a file of someone else stays as it is.
            Recognise(database);
            // The page size and the kind of vacuum are fixed by the first page written: 16 KB pages carry large bodies
            // nearly twice as fast as 4 KB ones.
            database.Execute(
                $"PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -{CacheKilobytes};"
            );
            database.Execute(
                $"PRAGMA synchronous = {(durability == Durability.Fsync ? "FULL" : "NORMAL")}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
            );
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// One transaction: the tables are of the current version and the next epoch is ours, or nothing has changed.
    /// </summary>
    public static (StoreRow Store, Epoch Epoch) Own(Database database, StoreId identity, Owner owner)
    {
        try
        {
            database.Execute("BEGIN IMMEDIATE");
            var version = Recognise(database);
            if (version == 0)
            {
                Schema.Migrate(database, 0);
                database.Execute($"PRAGMA application_id = {Schema.ApplicationId}");
                database
                    .Prepare("INSERT INTO store (identity, schema) VALUES (?, ?)")
                    .PutName(identity.Text)
                    .Put(Schema.Current)
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
                database.Prepare("UPDATE store SET schema = ?").Put(Schema.Current).Run();
            }
            database
                .Prepare("UPDATE shard SET epoch = epoch + 1, owner = ?")
                .PutName($"{owner.Host} {owner.ProcessId}")
                .Run();
            var epoch = new Epoch(database.Number("SELECT epoch FROM shard"));
            var store = new StoreRow(Identity(database), Schema.Current);
            database.Execute("COMMIT");
            database.WaitForLocks(CommitPatience);
            return (store, epoch);
        }
        finally
        {
            database.RollBack();
        }
    }

    /// <summary>
    /// The schema version of the file; 0 for an empty one. Throws for what this program must not touch.
    /// </summary>
    private static int Recognise(Database database)
    {
        if (database.Number("SELECT count(*) FROM sqlite_schema") == 0)
            return 0;
        if (database.Number("PRAGMA application_id") != Schema.ApplicationId)
            throw new HeadraceException(
                $"'{database.Path}' is a SQLite database, but not a store of Headrace. Choose another data folder."
            );
        var version = (int)database.Number("SELECT schema FROM store");
        return version <= Schema.Current
            ? version
            : throw new HeadraceException(
                $"The store '{database.Path}' has schema version {version}; this Headrace knows versions up to {Schema.Current}. "
                    + "Start the newer Headrace that wrote it, or choose another data folder."
            );
    }

    private static StoreId Identity(Database database)
    {
        var statement = database.Prepare("SELECT identity FROM store");
        try
        {
            return statement.Step()
                ? new StoreId(statement.TakeText())
                : throw new HeadraceException($"The store '{database.Path}' has lost its identity: restore a backup.");
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>
    /// Bodies are nobody else's business: the file is its owner's alone, and SQLite gives its side files the same mode.
    /// </summary>
    private static void Create(string path)
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
                $"The store '{path}' cannot be opened: {failure.Message} Check that its folder exists and that this user may write there.",
                failure
            );
        }
    }
}
