using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>A job store and the ownership epoch of its commits.</summary>
internal sealed record OwnedStore(IJobStore Store, Epoch Epoch)
{
    /// <summary>Monitors the disk of the store; null for a store without one.</summary>
    public DiskSpaceMonitor? Room { get; init; }
}
