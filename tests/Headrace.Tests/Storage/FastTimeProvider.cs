namespace Headrace.Tests.Storage;

/// <summary>
/// A clock that advances by <see cref="Look"/> on every reading, so that a test does not have to wait for time to pass.
/// </summary>
internal sealed class FastTimeProvider : TimeProvider
{
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, Look.Ticks);
}
