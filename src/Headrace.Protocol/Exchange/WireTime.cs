using Headrace.Core;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// A google.protobuf.Duration, or a google.protobuf.Timestamp since the Unix epoch, as it travels: nothing is known of
/// its range.
/// </summary>
internal readonly record struct WireTime(long Seconds, int Nanos) : IWireMessage
{
    private const long MicrosPerSecond = 1_000_000;

    public static WireTime Of(TimeSpan span) =>
        new(span.Ticks / TimeSpan.TicksPerSecond, (int)(span.Ticks % TimeSpan.TicksPerSecond) * 100);

    public static WireTime Of(Instant at)
    {
        // Nanos count forward also before the epoch.
        var (seconds, micros) = long.DivRem(at.Micros, MicrosPerSecond);
        return micros < 0
            ? new WireTime(seconds - 1, (int)((micros + MicrosPerSecond) * 1000))
            : new WireTime(seconds, (int)(micros * 1000));
    }

    /// <summary>As a span; one that is too long for that is the longest there is.</summary>
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
