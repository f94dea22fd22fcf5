namespace Headrace.Storage.Sqlite;

/// <summary>A read transaction. All reads within it see the same state of the store.</summary>
internal readonly struct Snapshot : IDisposable
{
    private readonly Database _database;

    public Snapshot(Database database)
    {
        _database = database;
        database.Prepare("BEGIN").Run();
    }

    /// <summary>A read transaction has nothing to commit, so rolling back ends it.</summary>
    public void Dispose() => _database.RollBack();
}
