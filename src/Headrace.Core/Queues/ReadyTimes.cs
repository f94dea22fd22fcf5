using System.Runtime.InteropServices;

namespace Headrace.Core.Queues;

/// <summary>
/// The times at which the jobs of a lane became ready, counted in buckets of 2^17 µs (0.13 s). They yield the longest
/// wait regardless of the order of service, without a second list of all jobs.
/// </summary>
internal sealed class ReadyTimes
{
    private const int Shift = 17;

    private readonly Dictionary<long, int> _buckets = [];

    /// <summary>
    /// The time at which the oldest job became ready, rounded up to the end of its bucket so that no wait is
    /// overstated; null if the lane is empty. Scans all buckets, so it is meant for infrequent calls.
    /// </summary>
    public Instant? Oldest => _buckets.Count == 0 ? null : new Instant((_buckets.Keys.Min() + 1) << Shift);

    /// <summary>Number of waiting jobs.</summary>
    public int Count => _buckets.Values.Sum();

    public void Add(Instant readySince) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_buckets, readySince.Micros >> Shift, out _)++;

    public void Remove(Instant readySince)
    {
        var bucket = readySince.Micros >> Shift;
        ref var jobs = ref CollectionsMarshal.GetValueRefOrNullRef(_buckets, bucket);
        if (--jobs == 0)
            _buckets.Remove(bucket);
    }
}
