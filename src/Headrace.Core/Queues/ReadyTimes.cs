using System.Runtime.InteropServices;

namespace Headrace.Core.Queues;

/// <summary>
/// Since when the jobs of a lane wait, counted in buckets of 2^17 µs (0.13 s): so the longest wait is known whatever
/// the order of service, without a list of every job beside the heap.
/// </summary>
internal sealed class ReadyTimes
{
    private const int Shift = 17;

    private readonly Dictionary<long, int> _buckets = [];

    /// <summary>
    /// Since when the oldest is ready, up to a bucket late, so that no wait is overstated; null without jobs. Looks at
    /// every bucket: for whoever asks now and then.
    /// </summary>
    public Instant? Oldest => _buckets.Count == 0 ? null : new Instant((_buckets.Keys.Min() + 1) << Shift);

    /// <summary>How many wait.</summary>
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
