using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// A ring buffer of jobs, appended in the order in which they will be served. Each job stores its index. Removing a job
/// from the middle leaves a gap, which is closed when it reaches the front or when the ring is full.
/// </summary>
internal sealed class JobFifo
{
    private Job?[] _ring = [];

    // The index of the first job, and the number of positions from the first to the last job, including gaps. Neither
    // the first nor the last position is a gap.
    private int _first;
    private int _span;

    public int Count { get; private set; }

    public Job? First => Count == 0 ? null : _ring[_first];

    /// <summary>The jobs in order, for the invariant checks.</summary>
    public IEnumerable<Job> Jobs
    {
        get
        {
            for (var i = 0; i < _span; i++)
                if (_ring[RingIndex(i)] is { } job)
                    yield return job;
        }
    }

    /// <summary>True if the job comes after all jobs in the ring.</summary>
    public bool CanAppend(Job job) => Count == 0 || !Lane.IsBefore(job, _ring[RingIndex(_span - 1)]!);

    public void Add(Job job)
    {
        if (_span == _ring.Length)
            GrowOrCompact();
        Place(job, RingIndex(_span++));
        Count++;
    }

    public void Remove(Job job)
    {
        _ring[job.Index] = null;
        Count--;
        if (Count == 0)
            _span = 0;
        while (_span > 0 && _ring[_first] is null)
            (_first, _span) = (RingIndex(1), _span - 1);
        while (_span > 0 && _ring[RingIndex(_span - 1)] is null)
            _span--;
    }

    /// <summary>
    /// Removes the gaps. If there were only a few of them, also enlarges the ring. The length is always a power of two.
    /// </summary>
    private void GrowOrCompact()
    {
        var old = _ring;
        var length = 2 * Count < old.Length ? old.Length : Math.Max(4, 2 * old.Length);
        (var first, var span, _ring, _first, _span) = (_first, _span, new Job?[length], 0, 0);
        for (var i = 0; i < span; i++)
            if (old[(first + i) & (old.Length - 1)] is { } job)
                Place(job, _span++);
    }

    private int RingIndex(int offset) => (_first + offset) & (_ring.Length - 1);

    private void Place(Job job, int at)
    {
        _ring[at] = job;
        job.Index = at;
    }
}
