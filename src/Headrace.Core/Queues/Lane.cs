using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// The ready jobs of one (queue, method, asked version), by (priority, due time, id) (R19). Nearly all come in that
/// order and stand in a line, where the next one is at hand; in a heap of a hundred thousand
/// it is put right with two dozen looks at jobs all over the memory (docs/performance.md). Those that go before one
/// that is there already, by their priority or their due time, are in a heap beside it, and
/// so are those that a worker gave back: it is passed over for them, and what stands in line is for any worker.
/// </summary>
internal sealed class Lane(Queue queue, Method method, int version)
{
    /// <summary>How many jobs one look passes over.</summary>
    private const int Passed = 64;

    private readonly JobLine _line = new();
    private readonly JobHeap _heap = new();

    public Queue Queue { get; } = queue;

    public Method Method { get; } = method;

    /// <summary>The version its jobs ask for; 0 for any.</summary>
    public int Version { get; } = version;

    public int Count => _line.Count + _heap.Count;

    /// <summary>
    /// The number of the claim that last took from here: lanes with heads of equal priority take turns.
    /// </summary>
    public long LastServed { get; set; }

    /// <summary>Since when its jobs are ready. The head is the oldest only within its priority.</summary>
    public ReadyTimes Waits { get; } = new();

    public Job? Head =>
        _heap.First is not { } above ? _line.First
        : _line.First is not { } first || Before(above, first) ? above
        : first;

    /// <summary>For the invariants.</summary>
    public JobLine Line => _line;

    /// <summary>For the invariants.</summary>
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
    /// The first job that may go to this incarnation: one that it gave back is passed over for a while (R10). At most
    /// <see cref="Passed"/> such jobs are passed
    /// over in one look; a lane that begins with more of them rests for this worker.
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

    /// <summary>True when <paramref name="a"/> goes before <paramref name="b"/>.</summary>
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
