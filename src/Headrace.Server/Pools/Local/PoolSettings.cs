using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Server.Pools.Local;

/// <summary>Settings of a pool of local workers.</summary>
/// <param name="Name">The name of the pool.</param>
/// <param name="Min">Minimum number of workers.</param>
/// <param name="Max">Maximum number of workers.</param>
/// <param name="Command">The program of a worker.</param>
/// <param name="Server">The address of the server: <c>unix:/path.sock</c>.</param>
/// <param name="IssueKey">Returns the key for a worker of this pool.</param>
/// <param name="OrphanGrace">How long the workers try to reconnect to an unreachable server.</param>
/// <param name="Lease">How long a worker keeps its leases without contact with the server.</param>
internal sealed record PoolSettings(
    string Name,
    int Min,
    int Max,
    PoolCommand Command,
    string Server,
    Func<LeaseHolder, string> IssueKey,
    TimeSpan OrphanGrace,
    TimeSpan Lease
)
{
    private const int MaxHostLength = 30;

    /// <summary>
    /// Gets the function that returns the address for a worker that starts now; see <see cref="LocalWorkers.Reach"/>.
    /// </summary>
    public Func<string> Reach { get; init; } = () => Server;

    /// <summary>
    /// Gets the function that publishes a change of the pool; see <see cref="LocalWorkers.Announce"/>.
    /// </summary>
    public Action<PoolEventReply> Announce { get; init; } = static _ => { };

    /// <summary>The prefix of the names of the pool's workers.</summary>
    public string Prefix => $"{Host(Environment.MachineName)}-{Name}-";

    /// <summary>Creates the settings of one pool of this server.</summary>
    public static PoolSettings Of(PoolDefinition pool, LocalWorkers workers)
    {
        return new PoolSettings(
            pool.Name,
            pool.Policy.Min,
            pool.Policy.Max,
            pool.Command ?? workers.CommandFor(pool.Methods),
            workers.Server,
            worker => workers.IssueKey(pool.Name, worker),
            workers.OrphanGrace,
            workers.Lease
        )
        {
            Reach = workers.Reach,
            Announce = workers.Announce,
        };
    }

    /// <summary>Converts a host name for use in a worker name, which allows fewer characters.</summary>
    public static string Host(string host)
    {
        var fitting = new string([
            .. host.ToLowerInvariant()
                .Take(MaxHostLength)
                .Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-' ? c : '-'),
        ]);
        fitting = fitting.TrimStart('.', '_', '-');
        return fitting.Length == 0 ? "host" : fitting;
    }

    /// <summary>
    /// Returns whether this pool assigned the name. Such a name is the pool's prefix followed by a number. If only the
    /// prefix were compared, the pool <c>local</c> would treat the workers of the pool <c>local-2</c> as its own.
    /// </summary>
    public bool Names(string worker) =>
        worker.StartsWith(Prefix, StringComparison.Ordinal)
        && worker.Length > Prefix.Length
        && worker.AsSpan(Prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0;
}
