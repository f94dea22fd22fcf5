using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>The sections of a lane. A ready job is in one of them.</summary>
internal enum LaneSection : byte
{
    Fifo,
    Heap,
    Restricted,
}

/// <summary>
/// The ready jobs of one (queue, method, requested version), ordered by (priority, scheduled time, id) (R19). Most jobs
/// arrive in this order and are stored in a FIFO, where taking the next one is cheap; popping a heap of 100,000 jobs
/// costs about two dozen cache misses (docs/performance.md). A heap contains jobs that must run before a job already in
/// the FIFO. A second heap contains the restricted jobs, which cannot be assigned to every worker: suspects, and jobs
/// that a worker released. All other jobs can be assigned to any worker.
/// </summary>
internal sealed class Lane(Queue queue, Method method, int version)
{
    /// <summary>
    /// Maximum number of restricted jobs that one search skips. If there are more, the search continues with the jobs
    /// that can be assigned to any worker.
    /// </summary>
    private const int MaxSkipped = 64;

    private static readonly Comparer<Job> ServiceOrder = Comparer<Job>.Create(Job.CompareServiceOrder);

    public Queue Queue { get; } = queue;

    public Method Method { get; } = method;

    /// <summary>The version that the jobs in this lane request; 0 means any version.</summary>
    public int Version { get; } = version;

    public int Count => Fifo.Count + Heap.Count + Restricted.Count;

    /// <summary>
    /// The sequence number of the last claim from this lane, used to alternate between lanes whose first jobs have the
    /// same priority.
    /// </summary>
    public long LastClaim { get; set; }

    /// <summary>The worker that is reserved for the first job in the lane; null if there is none (R19).</summary>
    public Reservation? Reservation { get; set; }

    /// <summary>
    /// The times at which the lane's jobs became ready. The first job in the lane is not always the oldest, because
    /// jobs with a higher priority come first.
    /// </summary>
    public ReadyTimes ReadyTimes { get; } = new();

    public Job? Head => Earlier(Unrestricted, Restricted.First);

    /// <summary>The first job that can be assigned to any worker.</summary>
    public Job? Unrestricted => Earlier(Fifo.First, Heap.First);

    /// <summary>All jobs in the lane, section by section.</summary>
    public IEnumerable<Job> Jobs
    {
        get
        {
            foreach (var job in Fifo.Jobs)
                yield return job;
            for (var i = 0; i < Heap.Count; i++)
                yield return Heap.Jobs[i];
            for (var i = 0; i < Restricted.Count; i++)
                yield return Restricted.Jobs[i];
        }
    }

    public JobFifo Fifo { get; } = new();

    public JobHeap Heap { get; } = new();

    public JobHeap Restricted { get; } = new();

    public void Add(Job job)
    {
        job.Lane = this;
        job.Section =
            job.IsRestricted ? LaneSection.Restricted
            : Fifo.CanAppend(job) ? LaneSection.Fifo
            : LaneSection.Heap;
        ReadyTimes.Add(job.Status.ReadySince);
        if (job.Section == LaneSection.Fifo)
            Fifo.Add(job);
        else
            HeapOf(job).Add(job);
        if (Count == 1 && Queue.IsOpen)
            Method.ReadyLanes.Add(this);
    }

    public void Remove(Job job)
    {
        if (job.Section == LaneSection.Fifo)
            Fifo.Remove(job);
        else
            HeapOf(job).Remove(job);
        ReadyTimes.Remove(job.Status.ReadySince);
        job.Lane = null;
        if (Count == 0 && Queue.IsOpen)
            Method.ReadyLanes.Remove(this);
    }

    /// <summary>
    /// Returns the first job that may be assigned to a worker. For restricted jobs, <paramref name="mayAssign"/>
    /// decides (R10).
    /// </summary>
    public Job? FirstFor(Predicate<Job> mayAssign)
    {
        var free = Unrestricted;
        if (Restricted.First is not { } first)
            return free;
        var next = new PriorityQueue<Job, Job>(ServiceOrder);
        next.Enqueue(first, first);
        for (var looked = 0; looked < MaxSkipped && next.TryDequeue(out var job, out _); looked++)
        {
            if (free is not null && IsBefore(free, job))
                return free;
            if (mayAssign(job))
                return job;
            foreach (var below in Restricted.Children(job))
                next.Enqueue(below, below);
        }
        return free;
    }

    /// <summary>True if <paramref name="a"/> comes before <paramref name="b"/> in serving order.</summary>
    public static bool IsBefore(Job a, Job b) => Job.CompareServiceOrder(a, b) < 0;

    private JobHeap HeapOf(Job job) => job.Section == LaneSection.Restricted ? Restricted : Heap;

    private static Job? Earlier(Job? a, Job? b) =>
        a is null ? b
        : b is null || IsBefore(a, b) ? a
        : b;
}
