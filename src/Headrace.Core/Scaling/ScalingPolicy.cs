namespace Headrace.Core.Scaling;

/// <summary>Settings that control when a pool starts and stops workers.</summary>
internal sealed record ScalingPolicy
{
    /// <summary>Minimum number of workers, kept running even if no job is waiting.</summary>
    public int Min { get; init; }

    /// <summary>Maximum number of workers, including those that are starting or draining.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// A worker is started when the oldest job has waited longer than this. A short value starts processes for a brief
    /// peak, when they come too late to help; a long value makes jobs wait.
    /// </summary>
    public TimeSpan UpAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A worker that has held no job for this long is stopped. A short value makes the next peak wait for new
    /// processes; a long value keeps idle processes, which use memory or an allocation that costs money.
    /// </summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// If a worker has not joined within this time after its start, other pools may start one instead.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
