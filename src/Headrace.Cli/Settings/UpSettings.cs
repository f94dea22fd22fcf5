using Headrace.Protocol.Local;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Settings;

/// <summary>What <c>headrace up</c> can be told, and the server's options made of it.</summary>
internal static class UpSettings
{
    public static readonly IReadOnlyCollection<string> Names = ["data", "port", "workers", "store", "demo", "durability", "queues:jobs", "queues:bytes", "storage:reserve", "lease", "orphan_grace"];

    public static ServerOptions Read(SettingsSource settings, IReadOnlyList<string> workerCommand)
    {
        var defaults = new ServerOptions { Data = LocalPlaces.DefaultData };
        var options = defaults with
        {
            Data = Path.GetFullPath(settings.Text("data") ?? defaults.Data),
            Port = settings.Number("port", defaults.Port),
            Workers = settings.Number("workers", defaults.Workers),
            WorkerCommand = workerCommand,
            Store = settings.Text("store") ?? defaults.Store,
            Durability = settings.Text("durability") ?? defaults.Durability,
            Demo = settings.Text("demo") ?? defaults.Demo,
            QueueJobs = settings.Number("queues:jobs", defaults.QueueJobs),
            QueueBytes = settings.Number("queues:bytes", defaults.QueueBytes),
            StorageReserve = settings.Number("storage:reserve", defaults.StorageReserve),
            Lease = settings.Duration("lease", defaults.Lease),
            // HEADRACE_ORPHAN_GRACE, as the workers read it.
            OrphanGrace = settings.Duration("orphan_grace", defaults.OrphanGrace),
        };
        var faults = options.Validate();
        return faults.Count == 0 ? options : throw new UsageException(string.Join(" ", faults));
    }
}
