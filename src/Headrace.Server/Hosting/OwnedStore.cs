using Headrace.Core;

namespace Headrace.Server.Hosting;

/// <summary>A journal, and the ownership under which its commits are made.</summary>
internal sealed record OwnedStore(IJobStore Journal, Epoch Epoch)
{
    /// <summary>Who watches the disk under it; null for a store that has none.</summary>
    public DiskSpaceMonitor? Room { get; init; }
}
