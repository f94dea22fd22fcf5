using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Tracks which jobs are waiting and which rank holds each of the others, and measures how long jobs take. Pure; all
/// times are elapsed times.
/// </summary>
internal sealed class FarmShares(int ranks)
{
    /// <summary>
    /// The weight of a new measurement. After a change, the mean catches up within about ten measurements.
    /// </summary>
    private const double Weight = 0.3;

    private readonly Queue<WarmJob> _waiting = [];
    private readonly Dictionary<uint, int> _holders = [];
    private readonly int[] _held = new int[ranks];

    // For each rank, the time at which it last received jobs while it held none, or last ended jobs.
    private readonly TimeSpan[] _since = new TimeSpan[ranks];

    /// <summary>Gets the mean time of a job; null until the first job has ended.</summary>
    public TimeSpan? Mean { get; private set; }

    /// <summary>Gets the number of jobs that have not ended.</summary>
    public int Open => _waiting.Count + _holders.Count;

    public bool HasHeld => _holders.Count > 0;

    public void Add(IEnumerable<WarmJob> jobs)
    {
        foreach (var job in jobs)
            _waiting.Enqueue(job);
    }

    /// <summary>
    /// Assigns waiting jobs to a rank and returns them; returns none if the rank currently has enough.
    /// </summary>
    public IReadOnlyList<WarmJob> Take(int rank, TimeSpan now)
    {
        var count = ShareRule.Next(_waiting.Count, _held[rank], _held.Count(held => held == 0), ranks, Mean);
        // The loop calls this method in each iteration, and there is usually nothing to take.
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

    /// <summary>Records that a rank ended these jobs.</summary>
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
    /// Removes a waiting job and returns it, or returns the rank that holds it. Returns neither if the job has ended.
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
