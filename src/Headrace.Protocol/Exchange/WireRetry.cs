using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>Converts retry options to their Protobuf form and back.</summary>
internal static class WireRetry
{
    /// <summary>Returns the Protobuf form; null if no option is set.</summary>
    public static Retry? Of(RetryOptions options) =>
        options == RetryOptions.None
            ? null
            : new Retry
            {
                Max = (uint?)options.Max,
                Delay = options.Delay is { } delay ? WireTime.Of(delay) : null,
                Factor = options.Factor,
                MaxDelay = options.MaxDelay is { } maxDelay ? WireTime.Of(maxDelay) : null,
                Jitter = options.Jitter,
            };

    /// <summary>
    /// Returns the options as received. A number that is too large is replaced with an invalid number.
    /// </summary>
    public static RetryOptions ToOptions(this Retry retry) =>
        new()
        {
            Max = retry.Max is { } max ? (int)Math.Min(max, int.MaxValue) : null,
            Delay = retry.Delay?.ToTimeSpan(),
            Factor = retry.Factor,
            MaxDelay = retry.MaxDelay?.ToTimeSpan(),
            Jitter = retry.Jitter,
        };
}
