using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>A named, bounded queue: its limits, its current usage, and the lanes of its ready jobs.</summary>
internal sealed class Queue(QueueName name, long maxJobs, long maxBytes)
{
    private const int FirstSweep = 16;

    private readonly Dictionary<(MethodName, int), Lane> _lanes = [];
    private int _sweepAt = FirstSweep;

    public QueueName Name { get; } = name;

    public long MaxJobs { get; } = maxJobs;

    public long MaxBytes { get; } = maxBytes;

    /// <summary>Number of unfinished jobs. A job counts from its submission until it ends (R13).</summary>
    public long Jobs { get; private set; }

    /// <summary>Total size of the bodies and parameters of the unfinished jobs, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of result bytes reserved for running jobs (R13).</summary>
    public long Reserved { get; private set; }

    public CompletionRate CompletionRate { get; } = new();

    public IEnumerable<Lane> Lanes => _lanes.Values;

    public bool HasCapacity(long bytes) => Jobs < MaxJobs && Bytes + bytes <= MaxBytes;

    public void Add(JobSpec spec)
    {
        Jobs++;
        Bytes += spec.InputBytes;
    }

    public void Remove(JobSpec spec)
    {
        Jobs--;
        Bytes -= spec.InputBytes;
    }

    public void Reserve(long bytes) => Reserved += bytes;

    public void Unreserve(long bytes) => Reserved -= bytes;

    /// <summary>
    /// Returns the lane of these jobs, or creates it. Whenever the number of lanes has doubled, empty lanes are
    /// removed.
    /// </summary>
    public Lane LaneFor(Method method, int version)
    {
        if (_lanes.TryGetValue((method.Name, version), out var lane))
            return lane;
        if (_lanes.Count >= _sweepAt)
        {
            foreach (var (key, empty) in _lanes)
                if (empty.Count == 0)
                    _lanes.Remove(key);
            _sweepAt = Math.Max(FirstSweep, 2 * _lanes.Count);
        }
        _lanes.Add((method.Name, version), lane = new Lane(this, method, version));
        return lane;
    }

    /// <summary>Creates the rejection of a job of the given size.</summary>
    public Rejection FullRejection(long bytes, Elapsed now)
    {
        var (bound, detail) =
            Jobs >= MaxJobs
                ? (JobBound.QueueJobs, $"The queue '{Name}' is full: it has reached its limit of {MaxJobs} jobs.")
                : (
                    JobBound.QueueBytes,
                    $"The queue '{Name}' holds {Bytes} bytes, and this job of {bytes} bytes would exceed "
                        + $"its limit of {MaxBytes} bytes."
                );
        return new Rejection(RejectionKind.QueueFull, detail)
        {
            Bound = bound,
            RetryAfter = CompletionRate.TimeToEnd(Jobs + 1 - MaxJobs, now),
        };
    }
}
