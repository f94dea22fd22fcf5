namespace Headrace.Core.Jobs;

/// <summary>
/// Specifies when a job runs again after an error or a timeout (R21). The policy is fixed when the job is submitted:
/// members that the submission does not set are taken from the method, then from the queue settings, then from the
/// defaults.
/// </summary>
/// <param name="Max">Number of retries.</param>
/// <param name="Delay">The delay before the first retry.</param>
/// <param name="Factor">The number by which each further retry multiplies the delay.</param>
/// <param name="MaxDelay">The maximum delay.</param>
/// <param name="Jitter">The maximum fraction by which a delay is shortened.</param>
internal sealed record RetryPolicy(int Max, TimeSpan Delay, double Factor, TimeSpan MaxDelay, double Jitter)
{
    public static readonly RetryPolicy Default = new(
        3,
        TimeSpan.FromSeconds(1),
        2,
        TimeSpan.FromMinutes(10),
        Jitter: 0.25
    );

    /// <summary>Creates the policy from valid options.</summary>
    public static RetryPolicy Of(RetryOptions options)
    {
        if (options == RetryOptions.None)
            return Default;
        var delay = options.Delay ?? Default.Delay;
        // A delay that is longer than the default maximum delay was set on purpose, so the maximum must not shorten it.
        var longest = options.MaxDelay ?? (delay > Default.MaxDelay ? delay : Default.MaxDelay);
        var policy = new RetryPolicy(
            options.Max ?? Default.Max,
            delay,
            options.Factor ?? Default.Factor,
            longest,
            options.Jitter ?? Default.Jitter
        );
        // Reuses one object for the default policy, which most jobs have. A million jobs can be in memory.
        return policy == Default ? Default : policy;
    }

    /// <summary>Returns the policy as options, all of which are set.</summary>
    public RetryOptions ToOptions() =>
        new()
        {
            Max = Max,
            Delay = Delay,
            Factor = Factor,
            MaxDelay = MaxDelay,
            Jitter = Jitter,
        };

    /// <summary>True if the delays are the defaults, regardless of the number of retries.</summary>
    public bool HasDefaultDelays =>
        this == Default
        || (Delay, Factor, MaxDelay, Jitter) == (Default.Delay, Default.Factor, Default.MaxDelay, Default.Jitter);

    /// <summary>True if a job that has failed may run again, given the number of its earlier failures.</summary>
    public bool MayRetry(int failures) => failures < Max;

    /// <summary>
    /// Returns the delay after the given number of failures (at least 1). The same job and attempt always get
    /// the same delay, which keeps replays deterministic.
    /// </summary>
    public TimeSpan DelayAfter(int failures, LeaseToken lease)
    {
        double ticks = Math.Min(Delay.Ticks, MaxDelay.Ticks);
        // Repeated multiplication gives the same number on every machine; a library's power function may not.
        for (var failure = 1; failure < failures && ticks < MaxDelay.Ticks && Factor > 1; failure++)
            ticks = Math.Min(ticks * Factor, MaxDelay.Ticks);
        var whole = TimeSpan.FromTicks((long)ticks);
        return whole - (whole * (Jitter * (Hash(lease) / (double)uint.MaxValue)));
    }

    /// <summary>
    /// Fibonacci hashing with a final shift. It distributes consecutive ids evenly and needs no state.
    /// </summary>
    private static uint Hash(LeaseToken lease)
    {
        var x = ((ulong)lease.Job.Value * 0x9E3779B97F4A7C15UL) ^ ((ulong)lease.Attempt * 0xC2B2AE3D27D4EB4FUL);
        return (uint)((x ^ (x >> 29)) * 0xBF58476D1CE4E5B9UL >> 32);
    }
}
