namespace Headrace.Core;

/// <summary>
/// Monotonic time in microseconds from an arbitrary start, used for leases, parked requests and grace periods (R20).
/// The shard subtracts the duration of stalls before it passes the time to the broker, so a stall extends every period
/// measured with this clock.
/// </summary>
public readonly record struct Elapsed(long Micros) : IComparable<Elapsed>
{
    public int CompareTo(Elapsed other) => Micros.CompareTo(other.Micros);

    public static Elapsed operator +(Elapsed at, TimeSpan span) =>
        new(at.Micros + (span.Ticks / TimeSpan.TicksPerMicrosecond));

    public static Elapsed operator -(Elapsed at, TimeSpan span) =>
        new(at.Micros - (span.Ticks / TimeSpan.TicksPerMicrosecond));

    public static TimeSpan operator -(Elapsed later, Elapsed earlier) =>
        TimeSpan.FromMicroseconds(later.Micros - earlier.Micros);

    public static bool operator <(Elapsed a, Elapsed b) => a.Micros < b.Micros;

    public static bool operator >(Elapsed a, Elapsed b) => a.Micros > b.Micros;

    public static bool operator <=(Elapsed a, Elapsed b) => a.Micros <= b.Micros;

    public static bool operator >=(Elapsed a, Elapsed b) => a.Micros >= b.Micros;
}
