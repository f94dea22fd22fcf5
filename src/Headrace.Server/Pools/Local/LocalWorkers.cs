namespace Headrace.Server.Pools.Local;

/// <summary>What the local workers of every pool have in common.</summary>
/// <param name="Command">Program and arguments of one worker.</param>
/// <param name="Server">The address of their server: <c>unix:/path.sock</c>.</param>
/// <param name="Key">The key that they send.</param>
/// <param name="OrphanGrace">How long they look for a server that is gone.</param>
/// <param name="Lease">How long the server keeps the leases of a silent worker.</param>
internal sealed record LocalWorkers(
    IReadOnlyList<string> Command,
    string Server,
    string Key,
    TimeSpan OrphanGrace,
    TimeSpan Lease
)
{
    /// <summary>Without the key: records print themselves.</summary>
    public override string ToString() => $"{string.Join(' ', Command)} for {Server}";
}
