namespace Headrace.Storage.Sqlite;

/// <summary>
/// The versions of the tables (R26). A released step is never edited: every later change is a new step, and the tests
/// include a store of every released version.
/// </summary>
internal static class Schema
{
    /// <summary>The application id in the file header, "HDRC", which identifies the file as a Headrace store.</summary>
    public const int ApplicationId = 0x48445243;

    /// <summary>Step n upgrades version n to version n + 1. An empty file has version 0.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        Schema1.Tables,
        Schema2.Tables,
        Schema3.Tables,
        Schema4.Tables,
        Schema5.Tables,
        Schema6.Tables,
        Schema7.Tables,
        Schema8.Tables,
        Schema9.Tables,
    ];

    public static int Current => Steps.Count;

    /// <summary>
    /// Upgrades the tables from a version to the current one. The caller has opened a transaction, so that the store
    /// remains unchanged if the process is killed during the upgrade, and the next start repeats the upgrade.
    /// </summary>
    public static void Migrate(Database database, int from)
    {
        foreach (var step in Steps.Skip(from))
            database.Execute(step);
    }
}
