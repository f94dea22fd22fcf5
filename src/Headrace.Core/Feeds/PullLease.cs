using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>
/// The deliveries of one pull. No other pull of the feed receives them until they are released or the lease expires.
/// Leases are kept only in memory: after a server restart, unacknowledged completions are delivered again at once.
/// </summary>
internal sealed class PullLease(Feed feed, long epoch, Elapsed until)
{
    public Feed Feed { get; } = feed;

    public long Epoch { get; } = epoch;

    public Elapsed Until { get; } = until;

    /// <summary>The completion numbers that are neither acknowledged nor released.</summary>
    public HashSet<long> Numbers { get; } = [];
}

/// <summary>A completion that a consumer holds.</summary>
/// <param name="Number">The completion number.</param>
/// <param name="Job">The ended job.</param>
/// <param name="Covers">
/// The surrounding completion numbers that contain nothing else for the feed. An acknowledgement includes them, which
/// keeps the number of acknowledged ranges small.
/// </param>
/// <param name="Lease">The lease of the pull that delivered the completion.</param>
internal sealed record LeasedDelivery(long Number, JobId Job, CompletionRange Covers, PullLease Lease);

/// <summary>Identifies a delivery when a consumer acknowledges or releases it.</summary>
internal readonly record struct DeliveryToken(long CompletionNumber, long Epoch);
