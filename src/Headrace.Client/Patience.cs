using Headrace.Core;

namespace Headrace.Client;

/// <summary>
/// Decides whether a failed call is retried, and after which delay. Delays double with jitter, are never shorter than
/// Retry-After, and end at the limits in the options. Each call uses its own instance; in a batch, each chunk does.
/// </summary>
internal sealed class Patience(ClientOptions options, Func<bool> hasAnswered)
{
    private readonly Random _jitter = new();
    private long? _began;
    private TimeSpan _pause = options.FirstPause;

    /// <summary>Restarts the limits after a success, including a partial one.</summary>
    public void Succeeded()
    {
        _began = null;
        _pause = options.FirstPause;
    }

    /// <summary>Returns the delay before the next try; null when the call must not be retried.</summary>
    public TimeSpan? After(HeadraceException failure)
    {
        var limit = Limit(failure);
        var now = options.Time.GetTimestamp();
        _began ??= now;
        var waited = options.Time.GetElapsedTime(_began.Value, now);
        var asked = (failure as HeadraceProblemException)?.RetryAfter ?? TimeSpan.Zero;
        // Half fixed, half random, so that callers that failed together do not retry together.
        var pause = _pause * (0.5 + (_jitter.NextDouble() / 2));
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, options.LongestPause.Ticks));
        var wait = asked > pause ? asked : pause;
        return waited + wait <= limit ? wait : null;
    }

    private TimeSpan Limit(HeadraceException failure) =>
        failure switch
        {
            ServerUnreachableException { MayHaveArrived: false } when !hasAnswered() => TimeSpan.Zero,
            ServerUnreachableException => options.ResendFor,
            HeadraceProblemException { Status: 503 } => options.ResendFor,
            HeadraceProblemException { Status: 429 } => options.WaitForRoom,
            _ => TimeSpan.Zero,
        };
}
