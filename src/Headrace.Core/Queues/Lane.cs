using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// The ready jobs of one (queue, method, requested version), ordered by (priority, scheduled time, id) (R19). Most jobs
/// arrive in this order and are stored in a FIFO, where taking the next one is cheap; popping a heap of 100,000 jobs
/// costs about two dozen cache misses (docs/performance.md). A separate heap contains jobs that must run before a job
/// already in the FIFO, and jobs in back-off for a worker. Every job in the FIFO can therefore be assigned to any
/// worker.
/// </summary>
internal sealed class Lane(Queue queue, Method method, int version)
{
    /// <summary>Maximum number of jobs that one search skips because of a back-off.</summary>
    private const int MaxSkipped = 64;

    private readonly JobFifo _fifo = new();
    private readonly JobHeap _heap = new();

    public Queue Queue { get; } = queue;

    public Method Method { get; } = method;

    /// <summary>The version that the jobs of this lane request; 0 means any version.</summary>
    public int Version { get; } = version;

    public int Count => _fifo.Count + _heap.Count;

    /// <summary>
    /// The sequence number of the last claim from this lane, used to alternate between lanes whose heads have equal
    /// priority.
    /// </summary>
    public long LastClaim { get; set; }

    /// <summary>
    /// The times at which the lane's jobs became ready. The head of the lane is the oldest job only within its
    /// priority.
    /// </summary>
    public ReadyTimes ReadyTimes { get; } = new();

    public Job? Head =>
        _heap.First is not { } above ? _fifo.First
        : _fifo.First is not { } first || IsBefore(above, first) ? above
        : first;

    /// <summary>Exposed for the invariant checks.</summary>
    public JobFifo Fifo => _fifo;

    /// <summary>Exposed for the invariant checks.</summary>
    public JobHeap Heap => _heap;

    public void Add(Job job)
    {
        job.Lane = this;
        job.InFifo = job.Backoffs is null && _fifo.CanAppend(job);
        ReadyTimes.Add(job.Status.ReadySince);
        if (job.InFifo)
            _fifo.Add(job);
        else
            _heap.Add(job);
        if (Count == 1)
            Method.ReadyLanes.Add(this);
    }

    public void Remove(Job job)
    {
        if (job.InFifo)
            _fifo.Remove(job);
        else
            _heap.Remove(job);
        ReadyTimes.Remove(job.Status.ReadySince);
        job.Lane = null;
        if (Count == 0)
            Method.ReadyLanes.Remove(this);
    }

    /// <summary>
    /// Returns the first job that can be assigned to this incarnation. Skips jobs that the incarnation released and
    /// whose back-off has not ended (R10). One search skips at most <see cref="MaxSkipped"/> jobs; if the lane starts
    /// with more of them, the worker receives no job from it.
    /// </summary>
    public Job? FirstFor(Incarnation worker, Elapsed now)
    {
        if (Head is not { } head)
            return null;
        if (!IsBackedOff(head, worker, now))
            return head;
        var next = new PriorityQueue<Job, Job>(
            Comparer<Job>.Create(
                static (a, b) =>
                    a == b ? 0
                    : IsBefore(a, b) ? -1
                    : 1
            )
        );
        next.Enqueue(head, head);
        for (var looked = 0; looked < MaxSkipped; looked++)
        {
            if (!next.TryDequeue(out var job, out _) || (_fifo.First is { } first && IsBefore(first, job)))
                return _fifo.First;
            if (!IsBackedOff(job, worker, now))
                return job;
            foreach (var below in _heap.Children(job))
                next.Enqueue(below, below);
        }
        return null;
    }

    /// <summary>True if <paramref name="a"/> comes before <paramref name="b"/> in service order.</summary>
    public static bool IsBefore(Job a, Job b)
    {
        if (a.Spec.Priority != b.Spec.Priority)
            return a.Spec.Priority > b.Spec.Priority;
        if (a.Spec.ScheduledAt != b.Spec.ScheduledAt)
            return a.Spec.ScheduledAt < b.Spec.ScheduledAt;
        return a.Id < b.Id;
    }

    private static bool IsBackedOff(Job job, Incarnation worker, Elapsed now)
    {
        if (job.Backoffs is null)
            return false;
        foreach (var workerBackoff in job.Backoffs)
            if (workerBackoff.Incarnation == worker && workerBackoff.Until > now)
                return true;
        return false;
    }
}
