namespace Headrace.Server.Pools.Local;

/// <summary>How a pool of local workers is to run.</summary>
/// <param name="Name">The pool.</param>
/// <param name="Min">Workers that run in any case.</param>
/// <param name="Max">Workers at most.</param>
/// <param name="Command">Program and arguments of one.</param>
/// <param name="Server">Where they find the server: <c>unix:/path.sock</c>.</param>
/// <param name="Key">The key they show.</param>
/// <param name="OrphanGrace">How long they look for a server that is gone.</param>
/// <param name="Lease">How long one of them may be silent.</param>
internal sealed record PoolSettings(
    string Name,
    int Min,
    int Max,
    IReadOnlyList<string> Command,
    string Server,
    string Key,
    TimeSpan OrphanGrace,
    TimeSpan Lease
)
{
    private const int MaxHostLength = 30;

    /// <summary>What the names of its workers begin with.</summary>
    public string Prefix => $"{Host(Environment.MachineName)}-{Name}-";

    /// <summary>The settings of one pool of this server.</summary>
    public static PoolSettings Of(PoolDefinition pool, LocalWorkers workers)
    {
        IReadOnlyList<string> command =
            pool.Methods.Count == 0
                ? workers.Command
                : [.. workers.Command, "--methods", string.Join(',', pool.Methods)];
        return new PoolSettings(
            pool.Name,
            pool.Policy.Min,
            pool.Policy.Max,
            command,
            workers.Server,
            workers.Key,
            workers.OrphanGrace,
            workers.Lease
        );
    }

    /// <summary>A host name may hold what a worker's name may not.</summary>
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
    /// Whether a worker's name is one that this pool gives: its prefix and a number. The pool <c>local</c> is not to
    /// take the workers of <c>local-2</c> for its own.
    /// </summary>
    public bool Names(string worker) =>
        worker.StartsWith(Prefix, StringComparison.Ordinal)
        && worker.Length > Prefix.Length
        && worker.AsSpan(Prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0;
}
