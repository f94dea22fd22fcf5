using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Security;

/// <summary>The admin's bearer key, in a file that only its owner can read.</summary>
internal static class AdminKey
{
    public const string Prefix = "hr_";

    /// <summary>
    /// Returns the key of a data folder. Throws <see cref="HeadraceException"/> if the file does not contain a key.
    /// </summary>
    public static string LoadOrCreate(string data) => FileOf(data).LoadOrCreate();

    /// <summary>
    /// Writes the key of a running server again if its file was deleted. Returns whether it was written.
    /// </summary>
    public static bool Restore(string data, string key) => FileOf(data).Restore(key);

    private static SecretFile FileOf(string data) => new(LocalPaths.AdminKey(data), Prefix, "admin key");
}
