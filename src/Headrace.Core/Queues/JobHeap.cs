using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// A binary heap of jobs with the next job on top. Each job stores its index, so that any job can be removed.
/// </summary>
internal sealed class JobHeap
{
    private Job[] _jobs = [];

    public int Count { get; private set; }

    public Job? First => Count == 0 ? null : _jobs[0];

    /// <summary>The heap in array order, for the invariant checks.</summary>
    public ReadOnlySpan<Job> Jobs => _jobs.AsSpan(0, Count);

    public void Add(Job job)
    {
        if (Count == _jobs.Length)
            Array.Resize(ref _jobs, Math.Max(4, Count * 2));
        Place(job, Count++);
        SiftUp(job.Index);
    }

    public void Remove(Job job)
    {
        var hole = job.Index;
        var last = _jobs[--Count];
        _jobs[Count] = null!;
        if (last == job)
            return;
        Place(last, hole);
        SiftUp(hole);
        SiftDown(last.Index);
    }

    /// <summary>The children of a job in the heap. Each child comes after the job in serving order.</summary>
    public ReadOnlySpan<Job> Children(Job job)
    {
        var first = Math.Min(Count, (2 * job.Index) + 1);
        return _jobs.AsSpan(first, Math.Min(2, Count - first));
    }

    private void SiftUp(int at)
    {
        var job = _jobs[at];
        while (at > 0 && Lane.IsBefore(job, _jobs[(at - 1) / 2]))
        {
            Place(_jobs[(at - 1) / 2], at);
            at = (at - 1) / 2;
        }
        Place(job, at);
    }

    private void SiftDown(int at)
    {
        var job = _jobs[at];
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && Lane.IsBefore(_jobs[child + 1], _jobs[child]))
                child++;
            if (!Lane.IsBefore(_jobs[child], job))
                break;
            Place(_jobs[child], at);
            at = child;
        }
        Place(job, at);
    }

    private void Place(Job job, int at)
    {
        _jobs[at] = job;
        job.Index = at;
    }
}
