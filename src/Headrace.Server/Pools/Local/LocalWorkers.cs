using Headrace.Core.Jobs;

namespace Headrace.Server.Pools.Local;

/// <summary>Settings that the local workers of all pools have in common.</summary>
/// <param name="Command">Program and arguments of a worker.</param>
/// <param name="Server">The address of the server: <c>unix:/path.sock</c>.</param>
/// <param name="IssueKey">Returns the key of a worker, given its pool and its identity.</param>
/// <param name="OrphanGrace">How long the workers try to reconnect to an unreachable server.</param>
/// <param name="Lease">How long the server keeps the leases of a worker that has no contact with the server.</param>
internal sealed record LocalWorkers(
    IReadOnlyList<string> Command,
    string Server,
    Func<string, LeaseHolder, string> IssueKey,
    TimeSpan OrphanGrace,
    TimeSpan Lease
)
{
    /// <summary>
    /// Returns the address that a worker receives when it starts. It differs from <see cref="Server"/> only while the
    /// socket cannot be reached.
    /// </summary>
    public Func<string> Reach { get; init; } = () => Server;
}
