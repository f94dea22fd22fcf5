namespace Headrace.Server.Security;

/// <summary>
/// The admin key in the registry: its hash, and the location of the file that contains the key itself.
/// </summary>
internal sealed record AdminKeyDocument
{
    /// <summary>The kind of the document in the registry.</summary>
    public const string Kind = "secret";

    /// <summary>The id of the only document of this kind.</summary>
    public const string Id = "admin-key";

    public required byte[] Hash { get; init; }

    /// <summary>The name of the machine that contains the file.</summary>
    public required string Machine { get; init; }

    /// <summary>The data folder that contains the file.</summary>
    public required string Folder { get; init; }

    /// <summary>When this hash was stored.</summary>
    public required DateTimeOffset Created { get; init; }

    public bool IsKeptIn(string machine, string folder) => Machine == machine && Folder == folder;
}
