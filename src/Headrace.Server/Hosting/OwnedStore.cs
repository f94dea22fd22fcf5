using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>A job store and the ownership epoch of its commits.</summary>
internal sealed record OwnedStore(IJobStore Store, Epoch Epoch)
{
    /// <summary>Monitors the disk of the store; null if the store does not use a disk.</summary>
    public DiskSpaceMonitor? Room { get; init; }
}
