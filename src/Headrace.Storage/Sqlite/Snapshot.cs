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

    /// <summary>Ends the read transaction with a rollback, because it has nothing to commit.</summary>
    public void Dispose() => _database.RollBack();
}
