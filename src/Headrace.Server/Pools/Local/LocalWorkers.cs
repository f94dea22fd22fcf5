namespace Headrace.Server.Pools.Local;

/// <summary>Settings that the local workers of all pools have in common.</summary>
/// <param name="Command">Program and arguments of a worker.</param>
/// <param name="Server">The address of the server: <c>unix:/path.sock</c>.</param>
/// <param name="Key">The key that the workers send.</param>
/// <param name="OrphanGrace">How long the workers try to reconnect to an unreachable server.</param>
/// <param name="Lease">How long the server keeps the leases of a worker that has no contact with the server.</param>
internal sealed record LocalWorkers(
    IReadOnlyList<string> Command,
    string Server,
    string Key,
    TimeSpan OrphanGrace,
    TimeSpan Lease
)
{
    /// <summary>
    /// Returns the address that a worker receives when it starts. It differs from <see cref="Server"/> only while the
    /// socket cannot be reached.
    /// </summary>
    public Func<string> Reach { get; init; } = () => Server;

    /// <summary>Omits the key, which the ToString method generated for a record would include.</summary>
    public override string ToString() => $"{string.Join(' ', Command)} for {Server}";
}
