namespace Headrace.Core;

/// <summary>What can be set about the broker.</summary>
internal sealed record BrokerOptions
{
    /// <summary>
    /// How long a worker may be silent before its leases are lost (R8). Shorter finds dead machines sooner and blames
    /// slow ones more.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Jobs a queue holds from submission to end.</summary>
    public long QueueJobs { get; init; } = 1_000_000;

    /// <summary>Bytes of bodies and parameters a queue holds.</summary>
    public long QueueBytes { get; init; } = 4L << 30;

    /// <summary>
    /// How much longer than its time limit an attempt may take to say so, before the broker asks for its end itself
    /// (R12).
    /// </summary>
    public TimeSpan LimitMargin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A worker silent for so long is forgotten; until then it may come back and take back what nobody else has claimed
    /// (R11).
    /// </summary>
    public TimeSpan Forget { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Ranges of a feed beyond which it is not made more ragged (R16): 16 bytes each in memory, a row each on disk.
    /// </summary>
    public int FeedRanges { get; init; } = 100_000;

    /// <summary>The shard whose ids this broker mints.</summary>
    public int Shard { get; init; }

    /// <summary>
    /// The longest park: a third of the lease, so that a parked worker is never silent for a lease (R7).
    /// </summary>
    public TimeSpan LongestPark => Lease / 3;
}
