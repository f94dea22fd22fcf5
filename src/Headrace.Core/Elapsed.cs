namespace Headrace.Core;

/// <summary>
/// Monotonic time in microseconds from an arbitrary start, used for leases, parks and grace periods (R20). The shard
/// subtracts stalls before the broker sees it, so every stall extends the periods measured with it.
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
