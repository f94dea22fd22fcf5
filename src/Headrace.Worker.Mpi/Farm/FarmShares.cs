using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Keeps which jobs wait and which rank holds each other one, and measures how long jobs take. Pure; times are elapsed.
/// </summary>
internal sealed class FarmShares(int ranks)
{
    /// <summary>The weight of a new measurement: after a change, the mean has followed within about ten.</summary>
    private const double Weight = 0.3;

    private readonly Queue<WarmJob> _waiting = [];
    private readonly Dictionary<uint, int> _holders = [];
    private readonly int[] _held = new int[ranks];

    // When a rank has received jobs while it held none, or has ended some.
    private readonly TimeSpan[] _since = new TimeSpan[ranks];

    /// <summary>Gets the mean time of a job; null before the first has ended.</summary>
    public TimeSpan? Mean { get; private set; }

    /// <summary>Gets the number of jobs that have not ended.</summary>
    public int Open => _waiting.Count + _holders.Count;

    public bool HasHeld => _holders.Count > 0;

    public void Add(IEnumerable<WarmJob> jobs)
    {
        foreach (var job in jobs)
            _waiting.Enqueue(job);
    }

    /// <summary>Takes the jobs that a rank receives now.</summary>
    public IReadOnlyList<WarmJob> Take(int rank, TimeSpan now)
    {
        var count = ShareRule.Next(_waiting.Count, _held[rank], _held.Count(held => held == 0), ranks, Mean);
        // Called in each turn of the loop, mostly in vain.
        if (count == 0)
            return [];
        var share = new List<WarmJob>(count);
        if (_held[rank] == 0)
            _since[rank] = now;
        for (var i = 0; i < count; i++)
        {
            var job = _waiting.Dequeue();
            _holders[job.Id] = rank;
            share.Add(job);
        }
        _held[rank] += count;
        return share;
    }

    /// <summary>Records the jobs that a rank has ended.</summary>
    public void End(int rank, IReadOnlyCollection<uint> ended, TimeSpan now)
    {
        if (ended.Count == 0)
            return;
        foreach (var id in ended)
            if (_holders.Remove(id))
                _held[rank]--;
        var each = (now - _since[rank]) / ended.Count;
        _since[rank] = now;
        Mean = Mean is { } mean ? mean + (Weight * (each - mean)) : each;
    }

    /// <summary>
    /// Removes a job that waits and returns it, or returns the rank that holds it; neither if it has ended.
    /// </summary>
    public (WarmJob? Waiting, int? Holder) Find(uint id)
    {
        if (_holders.TryGetValue(id, out var holder))
            return (null, holder);
        WarmJob? found = null;
        for (var i = _waiting.Count; i > 0; i--)
        {
            var job = _waiting.Dequeue();
            if (job.Id == id)
                found = job;
            else
                _waiting.Enqueue(job);
        }
        return (found, null);
    }
}
