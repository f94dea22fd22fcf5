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
    private static readonly string[] Steps = [Schema1.Tables, Schema2.Tables, Schema3.Tables];

    public static int Current => Steps.Length;

    /// <summary>Brings the tables from a version to the current one; the caller holds the transaction.</summary>
    public static void Migrate(Database database, int from)
    {
        foreach (var step in Steps.AsSpan(from))
            database.Execute(step);
    }
}
