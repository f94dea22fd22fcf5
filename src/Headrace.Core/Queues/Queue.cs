using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>A named, bounded queue: its limits, its current usage, and the lanes of its ready jobs.</summary>
internal sealed class Queue(QueueName name, long maxJobs, long maxBytes)
{
    private readonly Dictionary<(MethodName, int), Lane> _lanes = [];

    public QueueName Name { get; } = name;

    public long MaxJobs { get; } = maxJobs;

    public long MaxBytes { get; } = maxBytes;

    /// <summary>Number of unfinished jobs. A job counts from its submission until it ends (R13).</summary>
    public long Jobs { get; private set; }

    /// <summary>Total size of their bodies and parameters.</summary>
    public long Bytes { get; private set; }

    /// <summary>Result bytes reserved for running jobs (R13).</summary>
    public long Reserved { get; private set; }

    public DrainRate Drained { get; } = new();

    public IEnumerable<Lane> Lanes => _lanes.Values;

    public bool HasRoom(long bytes) => Jobs < MaxJobs && Bytes + bytes <= MaxBytes;

    public void Take(JobSpec spec)
    {
        Jobs++;
        Bytes += spec.InputBytes;
    }

    public void Give(JobSpec spec)
    {
        Jobs--;
        Bytes -= spec.InputBytes;
    }

    public void Reserve(long bytes) => Reserved += bytes;

    public void Settle(long bytes) => Reserved -= bytes;

    public Lane LaneOf(Method method, int version)
    {
        if (!_lanes.TryGetValue((method.Name, version), out var lane))
            _lanes.Add((method.Name, version), lane = new Lane(this, method, version));
        return lane;
    }

    /// <summary>
    /// Creates the rejection of a job of the given size. The retry delay is the excess divided by the rate at which
    /// jobs ended in the last 10 s, clamped to 1–60 s; it is 5 s if no job ended.
    /// </summary>
    public Refusal Full(long bytes, Elapsed now)
    {
        var perSecond = Drained.PerSecond(now);
        var seconds = perSecond > 0 ? Math.Clamp(Math.Ceiling((Jobs + 1 - MaxJobs) / perSecond), 1, 60) : 5;
        var detail =
            Jobs >= MaxJobs
                ? $"The queue '{Name}' is full: it holds {Jobs} jobs, its limit. Wait for jobs to end, or "
                    + "restart the server with a larger HEADRACE_QUEUES__JOBS."
                : $"The queue '{Name}' holds {Bytes} bytes and has no space for this job of {bytes} bytes; its "
                    + $"limit is {MaxBytes} bytes. Wait for jobs to end, or restart the server with a larger "
                    + "HEADRACE_QUEUES__BYTES.";
        return new Refusal(RefusalKind.QueueFull, detail) { RetryAfter = TimeSpan.FromSeconds(seconds) };
    }
}
