using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// The ready jobs of one (queue, method, requested version), ordered by (priority, scheduled time, id) (R19). Most jobs
/// arrive in this order and are kept in a FIFO, where taking the next one is cheap; popping a heap of 100,000 jobs
/// costs about two dozen cache misses (docs/performance.md). The heap beside the FIFO holds jobs that must run before
/// one already queued, and jobs in back-off for a worker. Jobs in the FIFO can therefore be assigned to any worker.
/// </summary>
internal sealed class Lane(Queue queue, Method method, int version)
{
    /// <summary>Maximum number of jobs that one search skips because of a back-off.</summary>
    private const int Passed = 64;

    private readonly JobLine _line = new();
    private readonly JobHeap _heap = new();

    public Queue Queue { get; } = queue;

    public Method Method { get; } = method;

    /// <summary>The version that its jobs request; 0 for any.</summary>
    public int Version { get; } = version;

    public int Count => _line.Count + _heap.Count;

    /// <summary>
    /// The sequence number of the last claim from this lane. Lanes whose heads have equal priority take turns.
    /// </summary>
    public long LastServed { get; set; }

    /// <summary>When its jobs became ready. The head of the lane is the oldest job only within its priority.</summary>
    public ReadyTimes Waits { get; } = new();

    public Job? Head =>
        _heap.First is not { } above ? _line.First
        : _line.First is not { } first || Before(above, first) ? above
        : first;

    /// <summary>For the invariant checks.</summary>
    public JobLine Line => _line;

    /// <summary>For the invariant checks.</summary>
    public JobHeap Heap => _heap;

    public void Add(Job job)
    {
        job.Lane = this;
        job.InLine = job.Shuns is null && _line.Takes(job);
        Waits.Add(job.Now.ReadySince);
        if (job.InLine)
            _line.Add(job);
        else
            _heap.Add(job);
        if (Count == 1)
            Method.Waiting.Add(this);
    }

    public void Remove(Job job)
    {
        if (job.InLine)
            _line.Remove(job);
        else
            _heap.Remove(job);
        Waits.Remove(job.Now.ReadySince);
        job.Lane = null;
        if (Count == 0)
            Method.Waiting.Remove(this);
    }

    /// <summary>
    /// Returns the first job that can be assigned to this incarnation. Jobs that it released are skipped during their
    /// back-off (R10). One search skips at most <see cref="Passed"/> jobs; if the lane starts with more of them, the
    /// worker receives no job from it.
    /// </summary>
    public Job? First(Incarnation worker, Elapsed now)
    {
        if (Head is not { } head)
            return null;
        if (!IsShunned(head, worker, now))
            return head;
        var next = new PriorityQueue<Job, Job>(
            Comparer<Job>.Create(
                static (a, b) =>
                    a == b ? 0
                    : Before(a, b) ? -1
                    : 1
            )
        );
        next.Enqueue(head, head);
        for (var looked = 0; looked < Passed; looked++)
        {
            if (!next.TryDequeue(out var job, out _) || (_line.First is { } first && Before(first, job)))
                return _line.First;
            if (!IsShunned(job, worker, now))
                return job;
            foreach (var below in _heap.Below(job))
                next.Enqueue(below, below);
        }
        return null;
    }

    /// <summary>True if <paramref name="a"/> comes before <paramref name="b"/>.</summary>
    public static bool Before(Job a, Job b)
    {
        if (a.Spec.Priority != b.Spec.Priority)
            return a.Spec.Priority > b.Spec.Priority;
        if (a.Spec.Due != b.Spec.Due)
            return a.Spec.Due < b.Spec.Due;
        return a.Id < b.Id;
    }

    private static bool IsShunned(Job job, Incarnation worker, Elapsed now)
    {
        if (job.Shuns is null)
            return false;
        foreach (var shun in job.Shuns)
            if (shun.By == worker && shun.Until > now)
                return true;
        return false;
    }
}
