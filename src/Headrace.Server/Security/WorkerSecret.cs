using Headrace.Protocol.Local;

namespace Headrace.Server.Security;

/// <summary>
/// The secret from which the keys of local workers are derived. It is stored in the registry. The secret itself is not
/// a key: no route accepts it.
/// </summary>
internal static class WorkerSecret
{
    private const string Prefix = "hrs_";

    public static string Create() => Prefix + SecretText.Create();

    /// <summary>
    /// Returns the file in which earlier versions stored the secret. Workers started by those versions still use keys
    /// that are derived from that secret.
    /// </summary>
    public static SecretFile FormerFileOf(string data) => new(LocalPaths.WorkerSecret(data), Prefix, "worker secret");
}
