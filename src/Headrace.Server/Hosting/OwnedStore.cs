using Headrace.Core;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Hosting;

/// <summary>A job store, and the ownership epoch that its commits carry.</summary>
internal sealed record OwnedStore(IJobStore Store, Epoch Epoch)
{
    /// <summary>Monitors the disk of the store; null if the store does not use a disk.</summary>
    public DiskSpaceMonitor? Room { get; init; }

    /// <summary>Measures the commits; null if they are not measured.</summary>
    public CommitMeters? Meters { get; init; }
}
