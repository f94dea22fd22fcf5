using Headrace.Server.Hosting;

namespace Headrace.Server.Workers.Local;

/// <summary>How the local pool is to run.</summary>
/// <param name="Size">Worker processes.</param>
/// <param name="Command">Program and arguments of one.</param>
/// <param name="Server">Where they find the server: <c>unix:/path.sock</c>.</param>
/// <param name="Key">The key they show.</param>
/// <param name="OrphanGrace">How long they look for a server that is gone.</param>
/// <param name="Lease">How long one of them may be silent.</param>
internal sealed record PoolSettings(int Size, IReadOnlyList<string> Command, string Server, string Key, TimeSpan OrphanGrace, TimeSpan Lease)
{
    /// <summary>The name of the pool.</summary>
    public const string Name = "local";

    private const int LongestHost = 40;

    /// <summary>For workers of a store in memory: it ends with its server, and the next has another socket.</summary>
    private static readonly TimeSpan WithNothingLeft = TimeSpan.FromSeconds(5);

    public static PoolSettings Of(ServerOptions options, string socket, string key)
    {
        var grace = options.Store == "memory" && options.OrphanGrace > WithNothingLeft ? WithNothingLeft : options.OrphanGrace;
        return new PoolSettings(options.Workers, options.WorkerCommand, $"unix:{socket}", key, grace, options.Lease);
    }

    /// <summary>What the workers' names begin with: host and pool. A host name may hold what a worker's name may not.</summary>
    public static string NamePrefix(string host)
    {
        var fitting = new string([.. host.ToLowerInvariant().Take(LongestHost).Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-' ? c : '-')]);
        fitting = fitting.TrimStart('.', '_', '-');
        return $"{(fitting.Length == 0 ? "host" : fitting)}-{Name}-";
    }
}
