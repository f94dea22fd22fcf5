using System.Runtime.InteropServices;

namespace Headrace.Core.Queues;

/// <summary>
/// The times at which the jobs in a lane became ready, counted in buckets of 2^17 µs (0.13 s). They yield the longest
/// wait regardless of the serving order, without a second list of all jobs.
/// </summary>
internal sealed class ReadyTimes
{
    private const int Shift = 17;
    private const int FirstSweep = 64;

    private readonly Dictionary<long, int> _buckets = [];

    // The numbers of all buckets, earliest first. When a bucket becomes empty, its number stays in the queue until it
    // reaches the front or a cleanup removes it. The bucket at the front therefore always contains jobs.
    private PriorityQueue<long, long> _order = new();
    private int _sweepAt = FirstSweep;

    /// <summary>
    /// The time at which the oldest job became ready, rounded up to the end of its bucket so that no wait is
    /// overstated; null if the lane is empty.
    /// </summary>
    public Instant? Oldest => _order.TryPeek(out var first, out _) ? new Instant((first + 1) << Shift) : null;

    /// <summary>Number of waiting jobs, which is the sum of all buckets; used by the invariant checks.</summary>
    public int Count => _buckets.Values.Sum();

    public void Add(Instant readySince)
    {
        var bucket = readySince.Micros >> Shift;
        ref var jobs = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, bucket, out _);
        if (++jobs > 1)
            return;
        _order.Enqueue(bucket, bucket);
        // A bucket that becomes empty before it reaches the front, and is then refilled, is queued again. The cleanup
        // removes such duplicates.
        if (_order.Count >= _sweepAt)
            Sweep();
    }

    public void Remove(Instant readySince)
    {
        var bucket = readySince.Micros >> Shift;
        ref var jobs = ref CollectionsMarshal.GetValueRefOrNullRef(_buckets, bucket);
        if (--jobs > 0)
            return;
        _buckets.Remove(bucket);
        while (_order.TryPeek(out var first, out _) && !_buckets.ContainsKey(first))
            _order.Dequeue();
    }

    private void Sweep()
    {
        _order = new PriorityQueue<long, long>(_buckets.Keys.Select(static bucket => (bucket, bucket)));
        _sweepAt = Math.Max(FirstSweep, 2 * _order.Count);
    }
}
