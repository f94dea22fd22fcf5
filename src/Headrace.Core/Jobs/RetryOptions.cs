namespace Headrace.Core.Jobs;

/// <summary>
/// Specifies when a failed job runs again. A member that is not set is taken from the method, and otherwise from the
/// defaults of the server.
/// </summary>
public sealed record RetryOptions
{
    internal static readonly RetryOptions None = new();

    /// <summary>The largest number of retries. A larger number is assumed to be an error.</summary>
    internal const int MaxRetries = 1_000;

    /// <summary>The largest factor. With it, the third retry already waits 10,000 times the first delay.</summary>
    internal const double MaxFactor = 100;

    /// <summary>The longest delay: a hundred years, so that it can be added to any time.</summary>
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

    /// <summary>Gets the longest delay. Default: 10 minutes, or the delay if that is longer.</summary>
    public TimeSpan? MaxDelay { get; init; }

    /// <summary>
    /// Gets the largest part of a delay by which it is shortened at random, 0 to 1, so that jobs that failed together
    /// do not run again together. Default: 0.25.
    /// </summary>
    public double? Jitter { get; init; }

    /// <summary>Returns these options, with the members that are not set taken from other options.</summary>
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
