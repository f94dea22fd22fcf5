using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>A named, bounded queue: its limits, its current usage, and the lanes of its ready jobs.</summary>
internal sealed class Queue(QueueName name, BrokerOptions options)
{
    private const int FirstSweep = 16;

    private readonly Dictionary<(MethodName, int), Lane> _lanes = [];
    private int _sweepAt = FirstSweep;

    public QueueName Name { get; } = name;

    public QueueSettings Settings { get; set; } = QueueSettings.Default;

    public long MaxJobs => Settings.MaxJobs ?? options.MaxQueueJobs;

    public long MaxBytes => Settings.MaxBytes ?? options.MaxQueueBytes;

    /// <summary>The reasons why no job in the queue can be claimed; none if the queue is open.</summary>
    public QueueGates Gates { get; private set; }

    /// <summary>True if jobs in the queue can be claimed.</summary>
    public bool IsOpen => Gates == QueueGates.None;

    /// <summary>Number of unfinished jobs. A job counts from its submission until it ends (R13).</summary>
    public long Jobs { get; private set; }

    /// <summary>Total size of the bodies and parameters of the unfinished jobs, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of result bytes reserved for running jobs (R13).</summary>
    public long Reserved { get; private set; }

    public CompletionRate CompletionRate { get; } = new();

    public IEnumerable<Lane> Lanes => _lanes.Values;

    public bool IsWithinLimits => Jobs <= MaxJobs && Bytes <= MaxBytes;

    public bool HasCapacity(long bytes) => HasCapacity(1, bytes);

    /// <summary>True if this many jobs of this total size can be added.</summary>
    public bool HasCapacity(long jobs, long bytes) => Jobs + jobs <= MaxJobs && Bytes + bytes <= MaxBytes;

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
    /// Closes or opens a gate. While any of the queue's gates is closed, claims do not consider its lanes.
    /// </summary>
    public void SetGate(QueueGates gate, bool isClosed)
    {
        var wasOpen = IsOpen;
        Gates = isClosed ? Gates | gate : Gates & ~gate;
        if (IsOpen == wasOpen)
            return;
        foreach (var lane in _lanes.Values)
            if (lane.Count > 0 && IsOpen)
                lane.Method.ReadyLanes.Add(lane);
            else if (lane.Count > 0)
                lane.Method.ReadyLanes.Remove(lane);
    }

    /// <summary>
    /// Returns the lane for this method and version, creating it if necessary. Whenever the number of lanes doubles,
    /// empty lanes are removed.
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

    /// <summary>Creates the rejection for a job of the given size because the queue is full.</summary>
    public Rejection FullRejection(long bytes, Elapsed now)
    {
        var jobs = MaxJobs == 1 ? "job" : "jobs";
        var (bound, detail) =
            Jobs >= MaxJobs
                ? (JobBound.QueueJobs, $"The queue '{Name}' is full: it has reached its limit of {MaxJobs} {jobs}.")
                : (
                    JobBound.QueueBytes,
                    $"The queue '{Name}' holds {Bytes} bytes, and this job of {bytes} bytes would exceed "
                        + $"its limit of {MaxBytes} bytes."
                );
        return new Rejection(RejectionKind.QueueFull, detail)
        {
            Bound = bound,
            RetryAfter = CompletionRate.TimeToEnd(Jobs + 1 - MaxJobs, now),
            MayWait = Settings.WaitWhenFull,
        };
    }
}
