namespace Headrace.Storage.Sqlite;

/// <summary>
/// The versions of the tables (R26). A released step is never edited: a change is a new step, and the tests keep a
/// store of every released version.
/// </summary>
internal static class Schema
{
    /// <summary>Marks the file as ours in its header: "HDRC".</summary>
    public const int ApplicationId = 0x48445243;

    /// <summary>Step n leads from version n to version n + 1; an empty file has version 0.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        Schema1.Tables,
        Schema2.Tables,
        Schema3.Tables,
        Schema4.Tables,
    ];

    public static int Current => Steps.Count;

    /// <summary>
    /// Brings the tables from a version to the current one. The caller holds the transaction: a process that is killed
    /// during the upgrade leaves the store as it was, and the next start begins again.
    /// </summary>
    public static void Migrate(Database database, int from)
    {
        foreach (var step in Steps.Skip(from))
            database.Execute(step);
    }
}
