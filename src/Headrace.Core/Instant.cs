namespace Headrace.Core;

/// <summary>
/// Wall-clock time in UTC, in microseconds since the Unix epoch. Used for stored and displayed times (R20).
/// </summary>
public readonly record struct Instant(long Micros) : IComparable<Instant>
{
    /// <summary>A time later than any real time.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    public static Instant From(DateTimeOffset time) =>
        new((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    public DateTimeOffset ToDateTimeOffset() =>
        DateTimeOffset.UnixEpoch.AddTicks(Micros * TimeSpan.TicksPerMicrosecond);

    public int CompareTo(Instant other) => Micros.CompareTo(other.Micros);

    public static Instant operator +(Instant at, TimeSpan span) =>
        new(at.Micros + (span.Ticks / TimeSpan.TicksPerMicrosecond));

    public static TimeSpan operator -(Instant later, Instant earlier) =>
        TimeSpan.FromMicroseconds(later.Micros - earlier.Micros);

    public static bool operator <(Instant a, Instant b) => a.Micros < b.Micros;

    public static bool operator >(Instant a, Instant b) => a.Micros > b.Micros;

    public static bool operator <=(Instant a, Instant b) => a.Micros <= b.Micros;

    public static bool operator >=(Instant a, Instant b) => a.Micros >= b.Micros;
}
