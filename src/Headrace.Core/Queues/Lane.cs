using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// The ready jobs of one (queue, method, asked version), a binary heap by (priority, due time, id) (R19). Each job knows its place, so that any of them can be taken out.
/// </summary>
internal sealed class Lane(Queue queue, Method method, int version)
{
    private Job[] _heap = new Job[4];

    public Queue Queue { get; } = queue;

    public Method Method { get; } = method;

    /// <summary>The version its jobs ask for; 0 for any.</summary>
    public int Version { get; } = version;

    public int Count { get; private set; }

    /// <summary>The number of the claim that last took from here: lanes with heads of equal priority take turns.</summary>
    public long LastServed { get; set; }

    /// <summary>Since when its jobs are ready. The head is the oldest only within its priority.</summary>
    public ReadyTimes Waits { get; } = new();

    public Job? Head => Count == 0 ? null : _heap[0];

    public void Add(Job job)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
        job.Lane = this;
        Waits.Add(job.Now.ReadySince);
        Place(job, Count++);
        Rise(job.Place);
        if (Count == 1) Method.Waiting.Add(this);
    }

    public void Remove(Job job)
    {
        var hole = job.Place;
        var last = _heap[--Count];
        _heap[Count] = null!;
        Waits.Remove(job.Now.ReadySince);
        job.Lane = null;
        job.Place = Job.NoPlace;
        if (last != job)
        {
            Place(last, hole);
            Rise(hole);
            Sink(last.Place);
        }
        if (Count == 0) Method.Waiting.Remove(this);
    }

    /// <summary>
    /// The first job that may go to this incarnation: one that it gave back is passed over for a while (R10). At most <see cref="Passed"/> such jobs are passed
    /// over in one look; a lane that begins with more of them rests for this worker.
    /// </summary>
    public Job? First(Incarnation worker, Elapsed now)
    {
        if (Count == 0) return null;
        if (!IsShunned(_heap[0], worker, now)) return _heap[0];
        var next = new PriorityQueue<Job, Job>(Comparer<Job>.Create(static (a, b) => a == b ? 0 : Before(a, b) ? -1 : 1));
        next.Enqueue(_heap[0], _heap[0]);
        for (var looked = 0; looked < Passed && next.TryDequeue(out var job, out _); looked++)
        {
            if (!IsShunned(job, worker, now)) return job;
            for (var child = (2 * job.Place) + 1; child <= (2 * job.Place) + 2 && child < Count; child++) next.Enqueue(_heap[child], _heap[child]);
        }
        return null;
    }

    private const int Passed = 64;

    private static bool IsShunned(Job job, Incarnation worker, Elapsed now)
    {
        if (job.Shuns is null) return false;
        foreach (var shun in job.Shuns)
            if (shun.By == worker && shun.Until > now) return true;
        return false;
    }

    /// <summary>True when <paramref name="a"/> goes before <paramref name="b"/>.</summary>
    public static bool Before(Job a, Job b)
    {
        if (a.Spec.Priority != b.Spec.Priority) return a.Spec.Priority > b.Spec.Priority;
        if (a.Spec.Due != b.Spec.Due) return a.Spec.Due < b.Spec.Due;
        return a.Id < b.Id;
    }

    /// <summary>The heap as it lies, for the invariants.</summary>
    public ReadOnlySpan<Job> Jobs => _heap.AsSpan(0, Count);

    private void Rise(int at)
    {
        var job = _heap[at];
        while (at > 0 && Before(job, _heap[(at - 1) / 2]))
        {
            Place(_heap[(at - 1) / 2], at);
            at = (at - 1) / 2;
        }
        Place(job, at);
    }

    private void Sink(int at)
    {
        var job = _heap[at];
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count) break;
            if (child + 1 < Count && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], job)) break;
            Place(_heap[child], at);
            at = child;
        }
        Place(job, at);
    }

    private void Place(Job job, int at)
    {
        _heap[at] = job;
        job.Place = at;
    }
}
