namespace Headrace.Tests.Storage;

/// <summary>
/// A clock that goes on by <see cref="Look"/> each time somebody looks at it: so time passes by work done, not by
/// waiting.
/// </summary>
internal sealed class FastTimeProvider : TimeProvider
{
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, Look.Ticks);
}
