namespace Headrace.Server.Security;

/// <summary>The secrets of a server, which it keeps in files in its data folder.</summary>
/// <param name="AdminKey">The admin's bearer key.</param>
/// <param name="Worker">The secret from which the keys of local workers are derived.</param>
internal sealed record ServerSecrets(string AdminKey, string Worker)
{
    /// <summary>
    /// Reads the secrets of a data folder, and creates those that do not exist. Throws
    /// <see cref="Core.HeadraceException"/> if a file cannot be used.
    /// </summary>
    public static ServerSecrets LoadOrCreate(string data) =>
        new(Security.AdminKey.LoadOrCreate(data), WorkerSecret.LoadOrCreate(data));

    /// <summary>
    /// Writes the files of a running server again that were deleted, and returns the names of what they contain.
    /// </summary>
    public IReadOnlyList<string> Restore(string data)
    {
        var restored = new List<string>();
        if (Security.AdminKey.Restore(data, AdminKey))
            restored.Add("admin key");
        if (WorkerSecret.Restore(data, Worker))
            restored.Add("worker secret");
        return restored;
    }

    /// <summary>Omits the secrets, which the ToString method generated for a record would include.</summary>
    public override string ToString() => nameof(ServerSecrets);
}
