using Headrace.Core.Scaling;
using Headrace.Server.Pools;

namespace Headrace.Server.Hosting;

/// <summary>How a server is to run; the command line fills it from flags, environment and configuration.</summary>
public sealed record ServerOptions
{
    /// <summary>The data folder; created when absent.</summary>
    public required string Data { get; init; }

    /// <summary>The loopback port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>
    /// Local worker processes, always as many; 0 for none. Nothing where <see cref="Pools"/> are given.
    /// </summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Pools of local workers that grow and shrink; null for one pool of <see cref="Workers"/>.</summary>
    public IReadOnlyList<PoolOptions>? Pools { get; init; }

    /// <summary>
    /// A worker is added when the oldest job has waited longer: see <see cref="ScalingPolicy.UpAfter"/>.
    /// </summary>
    public TimeSpan ScalingUpAfter { get; init; } = new ScalingPolicy().UpAfter;

    /// <summary>A worker that held nothing for so long goes: see <see cref="ScalingPolicy.IdleAfter"/>.</summary>
    public TimeSpan ScalingIdleAfter { get; init; } = new ScalingPolicy().IdleAfter;

    /// <summary>The pools that there are.</summary>
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
    /// How often the size of the pools is looked at. Below a second the looks cost more than they bring; above
    /// <see cref="ScalingPolicy.UpAfter"/> work waits for the look.
    /// </summary>
    public TimeSpan ScalingCheck { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Queues in which small jobs go first, each with the parameter that says how large a job is: its priority is
    /// −⌊log2⌋ of that, where the submitter gave none.
    /// </summary>
    public IReadOnlyDictionary<string, string> SmallFirst { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Methods that the worker program is known to offer: jobs for them are taken before the first worker has started.
    /// </summary>
    public IReadOnlyList<KnownMethod> Methods { get; init; } = [];

    /// <summary>Program and arguments of one local worker process.</summary>
    public IReadOnlyList<string> WorkerCommand { get; init; } = [];

    /// <summary>Where jobs are kept.</summary>
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>What an acknowledged job survives.</summary>
    public StoreDurability Durability { get; init; } = StoreDurability.Fsync;

    /// <summary>A system whose routes are served beside the server's own; null for none.</summary>
    public DemoSystem? Demo { get; init; }

    /// <summary>Jobs a queue holds from submission to end.</summary>
    public long QueueJobs { get; init; } = 1_000_000;

    /// <summary>Bytes of bodies and parameters a queue holds.</summary>
    public long QueueBytes { get; init; } = 4L << 30;

    /// <summary>
    /// Bytes kept free for what runs: as many in a ballast file, and as many beside it, below which no new jobs are
    /// taken. Below 16 MB a full batch may wait for room;
    /// much more only keeps disk from others.
    /// </summary>
    public long StorageReserve { get; init; } = 64 << 20;

    /// <summary>How long a silent worker keeps its leases.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long local workers look for a server that is gone before they end: what they run goes on under the next one.
    /// Too short, and a job of an hour starts again after a repair
    /// that took longer; too long, and workers of a server that nobody starts again stay in memory. With the memory
    /// store there is nothing to go on with: then they look for 5 s.
    /// </summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a graceful stop waits for running jobs.</summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Every fault of the options, each naming value and remedy; empty when they can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (Port is < 0 or > 65_535)
            faults.Add($"The port {Port} is not between 0 and 65535.");
        if (Workers is < 0 or > 1_024)
            faults.Add($"{Workers} workers are not between 0 and 1024.");
        if (Workers > 0 && WorkerCommand.Count == 0)
            faults.Add("Local workers need a worker command.");
        if (QueueJobs < 1)
            faults.Add($"A queue of {QueueJobs} jobs holds nothing. Give at least 1.");
        if (QueueBytes < 1)
            faults.Add($"A queue of {QueueBytes} bytes holds nothing. Give at least 1.");
        if (StorageReserve is < 1 << 20 or > 1L << 40)
            faults.Add(
                $"A storage reserve of {StorageReserve} bytes is not between 1 MB and 1 TB ({1 << 20} and {1L << 40})."
            );
        if (Lease < TimeSpan.FromSeconds(3) || Lease > TimeSpan.FromHours(1))
            faults.Add($"A lease of {Lease} is not between 3 s and 1 h.");
        if (Pools is not null)
            PoolOptions.Validate(Pools, faults);
        if (ScalingCheck < TimeSpan.FromMilliseconds(50) || ScalingCheck > TimeSpan.FromHours(1))
            faults.Add($"A check of the pools every {ScalingCheck} is not between 50 ms and 1 h.");
        return faults;
    }
}
