using Headrace.Protocol.Local;

namespace Headrace.Server.Security;

/// <summary>
/// The secret from which the keys of local workers are derived. It is not a key itself: no route accepts it. If the
/// file is deleted while no server runs, workers of the earlier server lose access and are replaced.
/// </summary>
internal static class WorkerSecret
{
    /// <summary>Returns the secret of a data folder.</summary>
    public static string LoadOrCreate(string data) => FileOf(data).LoadOrCreate();

    /// <summary>
    /// Writes the secret of a running server again if its file was deleted. Returns whether it was written.
    /// </summary>
    public static bool Restore(string data, string secret) => FileOf(data).Restore(secret);

    private static SecretFile FileOf(string data) => new(LocalPaths.WorkerSecret(data), "hrs_", "worker secret");
}
