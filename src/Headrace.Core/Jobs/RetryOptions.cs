namespace Headrace.Core.Jobs;

/// <summary>
/// Specifies when a failed job runs again. A member that is not set is taken from the method, then from the queue
/// settings, then from the server defaults.
/// </summary>
public sealed record RetryOptions
{
    internal static readonly RetryOptions None = new();

    /// <summary>Maximum number of retries. A larger number is assumed to be an error.</summary>
    internal const int MaxRetries = 1_000;

    /// <summary>Maximum factor. With this factor, the third retry already waits 10,000 times the first delay.</summary>
    internal const double MaxFactor = 100;

    /// <summary>Maximum delay: a hundred years, so that it can be added to any time.</summary>
    internal static readonly TimeSpan LongestDelay = TimeSpan.FromDays(36_500);

    /// <summary>Gets the number of retries after an error or a timeout, 0 to 1,000. Default: 3.</summary>
    public int? Max { get; init; }

    /// <summary>Gets the delay before the first retry. Default: 1 s.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>
    /// Gets the number by which each further retry multiplies the delay, 1 to 100. 1 keeps the delay constant. Default:
    /// 2.
    /// </summary>
    public double? Factor { get; init; }

    /// <summary>
    /// Gets the maximum delay. Default: 10 minutes, or the delay before the first retry if that is longer.
    /// </summary>
    public TimeSpan? MaxDelay { get; init; }

    /// <summary>
    /// Gets the maximum fraction by which a delay is shortened at random, 0 to 1, so that jobs that failed at the same
    /// time do not all run again at the same time. Default: 0.25.
    /// </summary>
    public double? Jitter { get; init; }

    /// <summary>Returns these options, with members that are not set taken from the other options.</summary>
    internal RetryOptions Or(RetryOptions other) =>
        other == None
            ? this
            : new RetryOptions
            {
                Max = Max ?? other.Max,
                Delay = Delay ?? other.Delay,
                Factor = Factor ?? other.Factor,
                MaxDelay = MaxDelay ?? other.MaxDelay,
                Jitter = Jitter ?? other.Jitter,
            };
}
