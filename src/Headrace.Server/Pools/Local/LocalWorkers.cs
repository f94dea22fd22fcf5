using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Pools.Describing;

namespace Headrace.Server.Pools.Local;

/// <summary>Settings common to the local workers of all pools.</summary>
/// <param name="Command">Program and arguments of a worker, for pools that do not specify a program.</param>
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
    /// The folder with the methods that users installed; null if the worker program does not read it.
    /// </summary>
    public string? InstalledMethods { get; init; }

    /// <summary>
    /// Returns the command that starts a worker with these methods. An empty list stands for all methods.
    /// </summary>
    public PoolCommand CommandFor(IReadOnlyList<string> methods) =>
        new()
        {
            // A pool without workers needs no command.
            Program = Command.Count > 0 ? Command[0] : "",
            Env = InstalledMethods is { } folder
                ? new Dictionary<string, string> { [MethodsLocation.Variable] = folder }
                : new Dictionary<string, string>(),
            Args =
            [
                .. Command.Skip(1),
                .. methods.Count == 0 ? [] : (string[])["--methods", string.Join(',', methods)],
            ],
        };

    /// <summary>
    /// Returns the program that describes the methods of a pool's workers; null if all these methods are already known.
    /// </summary>
    public DescribedProgram? ProgramOf(PoolDefinition pool)
    {
        if (pool.Command is { } own)
            return new DescribedProgram(pool.Name, own, IsUnknown: true, null);
        return InstalledMethods is null
            ? null
            : new DescribedProgram(pool.Name, CommandFor(pool.Methods), IsUnknown: false, InstalledMethods);
    }

    /// <summary>
    /// Gets the function that returns the address for a worker that starts now. It differs from <see cref="Server"/>
    /// only while the socket cannot be reached.
    /// </summary>
    public Func<string> Reach { get; init; } = () => Server;

    /// <summary>Gets the function that publishes a change of a pool. It must return immediately.</summary>
    public Action<PoolEventReply> Announce { get; init; } = static _ => { };
}
