namespace Headrace.Worker.Leases;

/// <summary>
/// Determines how many leases a method needs in addition to those of its slots: as many jobs as it runs in 20 ms, which
/// covers the round trip that fetches the next jobs. Longer jobs are not prefetched, because the round trip is short
/// compared with them, and another worker may be idle. <para>A stream prefetches 50 ms of work, because jobs that
/// compute without a pause leave less CPU time for a server on the same machine. For jobs of up to a quarter of a
/// second, it prefetches at least one job for each concurrent job: jobs that start together end together, and each of
/// them then needs a successor immediately. With fewer prefetched jobs, half of the capacity was idle for one round
/// trip after each 35 ms job (docs/performance.md). </para>
/// </summary>
internal sealed class PrefetchRule(Shape shape)
{
    private const double TargetSeconds = 0.020;
    private const double StreamTargetSeconds = 0.050;
    private const double MaxLockstepSeconds = 0.250;

    /// <summary>
    /// Maximum number of prefetched leases per worker: a quarter of the leases that it may hold, or about 2 ms of work
    /// with the shortest jobs.
    /// </summary>
    public const int Max = 256;

    private const double MaxShortSeconds = 0.001;
    private const double LocalQueueSeconds = 0.002;

    /// <summary>
    /// Maximum length of the local queue of a slot: about 200 µs of work with the shortest jobs, or ten iterations of
    /// the loop. In a longer queue, more jobs would wait behind an unexpectedly long one.
    /// </summary>
    private const int MaxLocalQueue = 64;

    // The newest run has a weight of 1/8 divided by the number of concurrent jobs, so old values no longer affect the
    // mean after about twenty rounds.
    private readonly double _weight = 1.0 / (8 * shape.MaxConcurrency);

    private double? _mean;

    /// <summary>Gets the number of leases to prefetch, not rounded; null until a run has been measured.</summary>
    public double? Prefetch => _mean is { } mean ? Math.Min(Max, shape.MaxConcurrency * PerJob(mean)) : null;

    /// <summary>
    /// Gets the number of short jobs that are queued in a slot behind the running job: enough for 2 ms of work, so
    /// that the slot rarely has to wait for the loop. The number is 0 if a job takes 1 ms or longer, because one
    /// iteration of the loop then costs little compared with the job.
    /// </summary>
    public int LocalQueueLength => IsShort ? (int)Math.Min(MaxLocalQueue, LocalQueueSeconds / _mean!.Value) : 0;

    /// <summary>
    /// Gets a value indicating whether the mean run time is below 1 ms. False until a run has been measured.
    /// </summary>
    public bool IsShort => _mean < MaxShortSeconds;

    public void Record(TimeSpan span)
    {
        // The start and the end can come from the same clock reading, but no job runs for less than a microsecond.
        var seconds = Math.Max(span.TotalSeconds, 1e-6);
        _mean = _mean is { } mean ? mean + ((seconds - mean) * _weight) : seconds;
    }

    /// <summary>Returns the number of leases to prefetch for each concurrent job.</summary>
    private double PerJob(double mean) =>
        shape.Kind switch
        {
            ShapeKind.Stream when mean <= MaxLockstepSeconds => Math.Max(1, StreamTargetSeconds / mean),
            ShapeKind.Stream => StreamTargetSeconds / mean,
            _ => TargetSeconds / mean,
        };
}
