using Headrace.Core;

namespace Headrace.Client;

/// <summary>
/// Decides whether a failed call is retried, and after what delay. The delays double, with jitter, and are never
/// shorter than Retry-After. Retries stop at the limits set in the options. Each call, and each chunk of a large
/// submission, uses its own instance.
/// </summary>
internal sealed class RetryBudget(HeadraceClientOptions options, Func<bool> hasAnswered)
{
    private readonly Random _jitter = new();
    private long? _startedAt;
    private TimeSpan _backoff = options.InitialBackoff;

    /// <summary>Restarts the time limits after a success, including a partial one.</summary>
    public void Reset()
    {
        _startedAt = null;
        _backoff = options.InitialBackoff;
    }

    /// <summary>Returns the delay before the next attempt; null when the call must not be retried.</summary>
    public TimeSpan? NextDelay(HeadraceException failure)
    {
        var limit = TimeoutFor(failure);
        var now = options.TimeProvider.GetTimestamp();
        _startedAt ??= now;
        var waited = options.TimeProvider.GetElapsedTime(_startedAt.Value, now);
        var asked = (failure as HeadraceProblemException)?.RetryAfter ?? TimeSpan.Zero;
        // Half of the delay is fixed and half is random, so that calls that failed at the same time are not all retried
        // at the same time.
        var pause = _backoff * (0.5 + (_jitter.NextDouble() / 2));
        _backoff = TimeSpan.FromTicks(Math.Min(_backoff.Ticks * 2, options.MaxBackoff.Ticks));
        var wait = asked > pause ? asked : pause;
        if (waited + wait > limit)
            return null;
        options.Retrying?.Invoke(failure, wait);
        return wait;
    }

    private TimeSpan TimeoutFor(HeadraceException failure) =>
        failure switch
        {
            ServerUnreachableException { MayHaveArrived: false } when !hasAnswered() => TimeSpan.Zero,
            ServerUnreachableException => options.RetryTimeout,
            HeadraceProblemException { Status: 503 } => options.RetryTimeout,
            HeadraceProblemException { Status: 429 } => options.QueueFullTimeout,
            _ => TimeSpan.Zero,
        };
}
