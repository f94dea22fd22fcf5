using Headrace.Core;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Hosting;

/// <summary>A job store, and the ownership epoch that its commits contain.</summary>
internal sealed record OwnedStore(IJobStore Store, Epoch Epoch)
{
    /// <summary>Monitors the store's disk; null if the store does not use a disk.</summary>
    public DiskSpaceMonitor? Room { get; init; }

    /// <summary>Measures the commits; null if commits are not measured.</summary>
    public CommitMeters? Meters { get; init; }
}
