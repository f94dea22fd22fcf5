namespace Headrace.Core;

/// <summary>
/// Time that only runs forward, in microseconds from an arbitrary start: leases, parks and grace are counted in it
/// (R20).
/// The shard takes stalls out of it before the broker sees it, so whatever is counted in it is extended by every stall.
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
