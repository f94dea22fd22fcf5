using Headrace.Protocol.Local;

namespace Headrace.Server.Security;

/// <summary>The admin's bearer key, which is stored in a file that only its owner can read.</summary>
internal static class AdminKey
{
    public const string Prefix = "hr_";

    /// <summary>Returns the admin key file in a data folder.</summary>
    public static SecretFile FileOf(string data) => new(LocalPaths.AdminKey(data), Prefix, "admin key");
}
