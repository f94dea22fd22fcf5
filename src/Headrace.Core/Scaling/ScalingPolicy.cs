namespace Headrace.Core.Scaling;

/// <summary>Settings that control when a pool starts and stops workers.</summary>
internal sealed record ScalingPolicy
{
    /// <summary>Minimum number of workers, which are kept running even if no job is waiting.</summary>
    public int Min { get; init; }

    /// <summary>Maximum number of workers, including workers that are starting or draining.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// A worker is started when the oldest job has been waiting longer than this. If the value is small, a brief peak
    /// starts processes that become ready too late to help; if it is large, jobs wait longer.
    /// </summary>
    public TimeSpan UpAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A worker that has held no job for this long is stopped. If the value is small, the next peak must wait for new
    /// processes; if it is large, idle processes occupy memory or a paid allocation.
    /// </summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// If a worker has not joined within this time after being started, other pools may start a worker instead.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
