namespace Headrace.Storage.Sqlite;

/// <summary>One read transaction: what is read in it stood in the store at one moment.</summary>
internal readonly struct Snapshot : IDisposable
{
    private readonly Database _database;

    public Snapshot(Database database)
    {
        _database = database;
        database.Prepare("BEGIN").Run();
    }

    /// <summary>Nothing was written, so rolling back is ending.</summary>
    public void Dispose() => _database.RollBack();
}
