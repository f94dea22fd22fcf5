namespace Headrace.Core.Scaling;

/// <summary>Settings that control when a pool starts and stops workers.</summary>
internal sealed record ScalingPolicy
{
    /// <summary>Minimum number of workers, kept running even if no job is waiting.</summary>
    public int Min { get; init; }

    /// <summary>Maximum number of workers, including workers that are starting or draining.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// A worker is started when the oldest job has waited longer than this. With a short value, a brief peak starts
    /// processes that become ready too late to help; with a long value, jobs wait longer.
    /// </summary>
    public TimeSpan UpAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A worker that has held no job for this long is stopped. With a short value, the next peak must wait for new
    /// processes; with a long value, idle processes occupy memory or a paid allocation.
    /// </summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// If a worker has not joined within this time after its start, other pools may start one instead.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
