using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Computes when a failed job is retried: after 1 s, doubling with each failure up to 10 minutes. A hash of (job,
/// attempt) shortens each delay by up to a quarter (R21).
/// </summary>
internal static class RetryRule
{
    private static readonly TimeSpan InitialBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(10);

    public static bool MayRetry(JobSpec spec, in JobStatus status) => status.Failures < spec.Retries;

    /// <summary>
    /// Returns the delay after the given number of failures. The same job and attempt always get the same delay, which
    /// keeps replays deterministic.
    /// </summary>
    public static TimeSpan Delay(LeaseToken lease, int failures)
    {
        var whole = TimeSpan.FromTicks(Math.Min(MaxBackoff.Ticks, InitialBackoff.Ticks << Math.Min(failures - 1, 20)));
        return whole - (whole * (Hash(lease) / (4.0 * uint.MaxValue)));
    }

    /// <summary>Fibonacci hashing with a final shift. It spreads consecutive ids and needs no state.</summary>
    private static uint Hash(LeaseToken lease)
    {
        var x = ((ulong)lease.Job.Value * 0x9E3779B97F4A7C15UL) ^ ((ulong)lease.Attempt * 0xC2B2AE3D27D4EB4FUL);
        return (uint)((x ^ (x >> 29)) * 0xBF58476D1CE4E5B9UL >> 32);
    }
}
