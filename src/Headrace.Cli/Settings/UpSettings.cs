using Headrace.Cli.Verbs;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Settings;

/// <summary>What <c>headrace up</c> can be told, and the server's options made of it.</summary>
internal static class UpSettings
{
    public static readonly IReadOnlyCollection<string> Names =
    [
        "data",
        "port",
        "workers",
        "store",
        "demo",
        "durability",
        "queues:jobs",
        "queues:bytes",
        "storage:reserve",
        "lease",
        "orphan_grace",
        "pools",
        "scaling:check",
        "scaling:up_after",
        "scaling:idle_after",
        "queues:small_first",
    ];

    public static ServerOptions Read(SettingsSource settings, IReadOnlyList<string> workerCommand)
    {
        var demo = settings.Text("demo");
        // The seed's workers: none at first, three at most. Whoever says how many there are, or which pools, has said
        // it.
        var preset = demo == Seed && settings["workers"] is null ? $"{Seed} methods=sha512 min=0 max=3" : null;
        var defaults = new ServerOptions { Data = LocalPlaces.DefaultData };
        var options = defaults with
        {
            Data = Path.GetFullPath(settings.Text("data") ?? defaults.Data),
            Port = settings.Number("port", defaults.Port),
            Workers = settings.Number("workers", defaults.Workers),
            WorkerCommand = workerCommand,
            Store = settings.Text("store") ?? defaults.Store,
            Durability = settings.Text("durability") ?? defaults.Durability,
            Demo = demo,
            QueueJobs = settings.Number("queues:jobs", defaults.QueueJobs),
            QueueBytes = settings.Number("queues:bytes", defaults.QueueBytes),
            StorageReserve = settings.Number("storage:reserve", defaults.StorageReserve),
            Lease = settings.Duration("lease", defaults.Lease),
            Pools = settings.Text("pools") ?? preset,
            ScalingCheck = settings.Duration("scaling:check", defaults.ScalingCheck),
            ScalingUpAfter = settings.Duration("scaling:up_after", defaults.ScalingUpAfter),
            ScalingIdleAfter = settings.Duration("scaling:idle_after", defaults.ScalingIdleAfter),
            SmallFirst = SmallFirst(settings.Text("queues:small_first") ?? (demo == Seed ? $"{Seed}=iterations" : "")),
            // HEADRACE_ORPHAN_GRACE, as the workers read it.
            OrphanGrace = settings.Duration("orphan_grace", defaults.OrphanGrace),
        };
        var faults = options.Validate().ToList();
        if (settings["workers"] is not null && settings["pools"] is not null)
            faults.Add("workers and pools exclude each other: a pool of always as many workers is 'NAME min=2 max=2'.");
        if (faults.Count == 0 && options.Pools is not null)
            options = options with { Methods = Known(options, faults) };
        return faults.Count == 0 ? options : throw new UsageException(string.Join(" ", faults));
    }

    private const string Seed = "seed001";

    /// <summary><c>QUEUE=PARAMETER,…</c></summary>
    private static Dictionary<string, string> SmallFirst(string text)
    {
        var queues = new Dictionary<string, string>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=') is not [{ Length: > 0 } queue, { Length: > 0 } parameter])
                throw new UsageException(
                    $"queues:small_first is '{text}'. Give QUEUE=PARAMETER, such as seed001=iterations; several with commas."
                );
            queues[queue] = parameter;
        }
        return queues;
    }

    /// <summary>
    /// The methods of the worker program, and a fault for each that a pool names and nobody would offer.
    /// </summary>
    private static List<KnownMethod> Known(ServerOptions options, List<string> faults)
    {
        var shipped = WorkerVerb.Shipped([]).Mapped;
        foreach (var pool in options.AllPools)
        foreach (var method in pool.Methods.Where(name => shipped.All(mapped => mapped.Name != name)))
            faults.Add(
                $"The pool '{pool.Name}' names the method '{method}', which is not one of {string.Join(", ", shipped.Select(mapped => mapped.Name))}."
            );
        return [.. shipped.Select(mapped => new KnownMethod(mapped.Name, mapped.Version, mapped.Schema))];
    }
}
