using Headrace.Core;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// A google.protobuf.Duration, or a google.protobuf.Timestamp since the Unix epoch, as received. Its range is not
/// validated.
/// </summary>
internal readonly record struct WireTime(long Seconds, int Nanos) : IWireMessage
{
    private const long MicrosPerSecond = 1_000_000;
    private const int NanosPerSecond = 1_000_000_000;

    /// <summary>The maximum of google.protobuf.Duration in seconds: 10,000 years.</summary>
    private const long MaxDurationSeconds = 315_576_000_000;

    /// <summary>True for a timestamp between the years 1 and 9999.</summary>
    public bool IsTimestamp =>
        Seconds is >= -62_135_596_800 and <= 253_402_300_799 && Nanos is >= 0 and < NanosPerSecond;

    /// <summary>True for a duration of at most 10,000 years whose seconds and nanoseconds have the same sign.</summary>
    public bool IsDuration =>
        Seconds is >= -MaxDurationSeconds and <= MaxDurationSeconds
        && Nanos is > -NanosPerSecond and < NanosPerSecond
        && Math.Sign(Seconds) * Math.Sign(Nanos) >= 0;

    public static WireTime Of(TimeSpan span) =>
        new(span.Ticks / TimeSpan.TicksPerSecond, (int)(span.Ticks % TimeSpan.TicksPerSecond) * 100);

    public static WireTime Of(Instant at)
    {
        // Nanoseconds count forward in time, even before the epoch.
        var (seconds, micros) = long.DivRem(at.Micros, MicrosPerSecond);
        return micros < 0
            ? new WireTime(seconds - 1, (int)((micros + MicrosPerSecond) * 1000))
            : new WireTime(seconds, (int)(micros * 1000));
    }

    /// <summary>Converts to an Instant. The value must satisfy <see cref="IsTimestamp"/>.</summary>
    public Instant ToInstant() => new((Seconds * MicrosPerSecond) + (Nanos / 1000));

    /// <summary>Converts to a TimeSpan. A duration outside the range of TimeSpan is clamped to that range.</summary>
    public TimeSpan ToTimeSpan() =>
        new(
            (long)
                Int128.Clamp(((Int128)Seconds * TimeSpan.TicksPerSecond) + (Nanos / 100), long.MinValue, long.MaxValue)
        );

    public void WriteTo(ref WireWriter writer)
    {
        writer.Number(1, (ulong)Seconds);
        writer.Number(2, (ulong)Nanos);
    }

    public static WireTime Read(ref WireReader reader, WireTime? onto)
    {
        var (seconds, nanos) = onto ?? default;
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    seconds = (long)reader.Number();
                    break;
                case 2:
                    nanos = (int)reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new WireTime(seconds, nanos);
    }
}
