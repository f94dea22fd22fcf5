using Headrace.Core.Scaling;
using Headrace.Server.Pools;
using Headrace.Server.Security;
using Headrace.Server.Telemetry;
using Headrace.Server.Webhooks;

namespace Headrace.Server.Hosting;

/// <summary>
/// The options of a server. The command line sets them from flags, environment variables and configuration files.
/// </summary>
public sealed record ServerOptions
{
    /// <summary>The data folder; created if it does not exist.</summary>
    public required string Data { get; init; }

    /// <summary>The loopback port; 0 selects a free port.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>How the server listens on interfaces other than the loopback interface.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>
    /// Whether the server replaces the admin key of the store at startup and writes the new key to the data folder.
    /// </summary>
    public bool NewAdminKey { get; init; }

    /// <summary>
    /// Additional host names and addresses at which clients reach the server, for example through a proxy that keeps
    /// the original Host header. The loopback names are always accepted.
    /// </summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>Fixed number of local worker processes; 0 for none. Ignored when <see cref="Pools"/> is set.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Pools of local workers that scale between a minimum and a maximum; null for one pool with the fixed number of
    /// <see cref="Workers"/>.
    /// </summary>
    public IReadOnlyList<PoolOptions>? Pools { get; init; }

    /// <summary>
    /// How long the oldest job must wait before a worker is added; see <see cref="ScalingPolicy.UpAfter"/>.
    /// </summary>
    public TimeSpan ScalingUpAfter { get; init; } = new ScalingPolicy().UpAfter;

    /// <summary>
    /// How long a worker must be idle before it is stopped; see <see cref="ScalingPolicy.IdleAfter"/>.
    /// </summary>
    public TimeSpan ScalingIdleAfter { get; init; } = new ScalingPolicy().IdleAfter;

    /// <summary>The definitions of all pools.</summary>
    internal IReadOnlyList<PoolDefinition> AllPools
    {
        get
        {
            if (Pools is null)
                return [PoolDefinition.Fixed(Workers)];
            var defaults = new ScalingPolicy { UpAfter = ScalingUpAfter, IdleAfter = ScalingIdleAfter };
            return [.. Pools.Select(pool => PoolDefinition.Of(pool, defaults))];
        }
    }

    /// <summary>
    /// The interval at which the server evaluates the pool sizes. If the interval is shorter than one second, the
    /// checks cost more than they are worth. If it is longer than <see cref="ScalingPolicy.UpAfter"/>, jobs wait longer
    /// than that for the next check.
    /// </summary>
    public TimeSpan ScalingCheck { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Queues that run small jobs first. The key is a queue name, and the value is the name of the parameter that
    /// specifies the job size. If the submitter sets no priority, the priority is −⌊log2(size)⌋.
    /// </summary>
    public IReadOnlyDictionary<string, string> SmallFirst { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Methods that the worker program is known to offer. The server accepts jobs for these methods even before the
    /// first worker has started.
    /// </summary>
    public IReadOnlyList<KnownMethod> Methods { get; init; } = [];

    /// <summary>
    /// The folder with the methods that users installed for the worker program; null if the program reads no such
    /// folder. When the folder changes, the server runs the program with <c>--describe</c>.
    /// </summary>
    public string? InstalledMethods { get; init; }

    /// <summary>The program and arguments of a local worker process, for pools that do not specify a program.</summary>
    public IReadOnlyList<string> WorkerCommand { get; init; } = [];

    /// <summary>Where the server stores jobs.</summary>
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>The kinds of failures that an acknowledged job survives.</summary>
    public StoreDurability Durability { get; init; } = StoreDurability.Fsync;

    /// <summary>The algorithm that the server uses to sign login tokens.</summary>
    public TokenAlgorithm TokenAlgorithm { get; init; } = TokenAlgorithm.HS256;

    /// <summary>An identity provider whose tokens are accepted; null if there is none.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Whether the server writes a line for each request to a file in the data folder.</summary>
    public bool RequestLog { get; init; }

    /// <summary>Where the server exports metrics and traces. By default, it exports none.</summary>
    public TelemetryOptions Telemetry { get; init; } = TelemetryOptions.None;

    /// <summary>Where the server may send webhooks.</summary>
    public WebhookOptions Webhooks { get; init; } = new();

    /// <summary>
    /// The demo systems whose routes are served in addition to the server's own routes.
    /// </summary>
    public DemoSystems Demo { get; init; }

    /// <summary>Maximum number of unfinished jobs in a queue.</summary>
    public long QueueJobs { get; init; } = 1_000_000;

    /// <summary>Maximum size in bytes of the bodies and parameters in a queue.</summary>
    public long QueueBytes { get; init; } = 4L << 30;

    /// <summary>
    /// Maximum total number of unfinished jobs across all queues. If the limit is too high, the jobs may not fit into
    /// the machine's memory; see <see cref="MemoryBound"/>.
    /// </summary>
    public long MemoryJobs { get; init; } = 5_000_000;

    /// <summary>
    /// Maximum memory in bytes for the params and headers of unfinished jobs. Bodies, and params of more than 2 KB, do
    /// not count, because they are only on disk.
    /// </summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>
    /// Disk space in bytes reserved for running jobs. The server reserves this amount in a ballast file. It also
    /// accepts no new jobs while less than this amount is free in addition to the ballast. With less than 16 MB, a full
    /// batch may have to wait for disk space. A much larger value only withholds disk space from other programs.
    /// </summary>
    public long StorageReserve { get; init; } = 64 << 20;

    /// <summary>How long a worker keeps its leases without contact with the server.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long local workers try to reconnect to an unreachable server before they exit. Their running jobs continue
    /// under the next server. If the time is too short, hour-long jobs must start again after a long server outage. If
    /// it is too long, the workers of a server that is never restarted stay in memory. With the memory store, workers
    /// cannot reconnect, so the limit is 5 s.
    /// </summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a graceful stop waits for running jobs.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Returns a message for each error in the options, with the invalid value and a remedy.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (Port is < 0 or > 65_535)
            faults.Add($"The port is {Port}. Use a value from 0 to 65535.");
        Network.Validate(faults);
        Oidc?.Validate(faults);
        Telemetry.Validate(faults);
        Webhooks.Validate(faults);
        foreach (var name in HostNames.Where(name => Uri.CheckHostName(name) == UriHostNameType.Unknown))
            faults.Add(
                $"The host name '{name}' is not valid. Use a DNS name or an IP address, without a port, such as "
                    + "queue.example.com."
            );
        if (Workers is < 0 or > 1_024)
            faults.Add($"The number of workers is {Workers}. Use a value from 0 to 1024.");
        if (Workers > 0 && WorkerCommand.Count == 0)
            faults.Add("Local workers require a worker command. Set WorkerCommand, or set Workers to 0.");
        if (QueueJobs < 1)
            faults.Add($"The job limit per queue is {QueueJobs}. Use a value of 1 or more.");
        if (QueueBytes < 1)
            faults.Add($"The byte limit per queue is {QueueBytes}. Use a value of 1 or more.");
        if (MemoryJobs < 1)
            faults.Add($"The server's job limit is {MemoryJobs}. Use a value of 1 or more.");
        if (MemoryBytes < 1 << 20)
            faults.Add(
                $"The limit for params and headers in memory is {MemoryBytes} bytes. Use a value of {1 << 20} (1 MB) "
                    + "or more."
            );
        if (StorageReserve is < 1 << 20 or > 1L << 40)
            faults.Add(
                $"The storage reserve is {StorageReserve} bytes. Use a value from 1 MB to 1 TB ({1 << 20} to "
                    + $"{1L << 40} bytes)."
            );
        if (Lease < TimeSpan.FromSeconds(3) || Lease > TimeSpan.FromHours(1))
            faults.Add($"The lease duration is {Lease}. Use a duration from 3 s to 1 h.");
        if (Pools is not null)
            PoolOptions.Validate(Pools, faults);
        if (ScalingCheck < TimeSpan.FromMilliseconds(50) || ScalingCheck > TimeSpan.FromHours(1))
            faults.Add($"The scaling check interval is {ScalingCheck}. Use a duration from 50 ms to 1 h.");
        return faults;
    }
}
