using Headrace.Core;

namespace Headrace.Client;

/// <summary>
/// Decides whether a failed call is made again, and after how long: doubling pauses with jitter, never shorter than a
/// Retry-After, until the options' limits. One object for one call, or one stretch of a batch.
/// </summary>
internal sealed class Patience(ClientOptions options, Func<bool> hasAnswered)
{
    private readonly Random _jitter = new();
    private long? _began;
    private TimeSpan _pause = options.FirstPause;

    /// <summary>The call succeeded, at least in part: the limits count anew.</summary>
    public void Succeeded()
    {
        _began = null;
        _pause = options.FirstPause;
    }

    /// <summary>How long to wait before the next try; null to give up.</summary>
    public TimeSpan? After(HeadraceException failure)
    {
        var limit = Limit(failure);
        var now = options.Time.GetTimestamp();
        _began ??= now;
        var waited = options.Time.GetElapsedTime(_began.Value, now);
        var asked = (failure as HeadraceProblemException)?.RetryAfter ?? TimeSpan.Zero;
        // Half fixed, half random: callers that failed together do not come back together.
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
