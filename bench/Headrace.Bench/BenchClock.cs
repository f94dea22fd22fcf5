using Headrace.Core;

namespace Headrace.Bench;

/// <summary>
/// The two clocks that the bench records. All processes on a machine share the monotonic clock, so the records of
/// several processes can be compared.
/// </summary>
internal static class BenchClock
{
    /// <summary>Microseconds since the machine started.</summary>
    public static long Monotonic =>
        TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);

    /// <summary>Wall-clock time in the unit that the store uses: microseconds since 1970 (UTC).</summary>
    public static long Wall => Instant.From(TimeProvider.System.GetUtcNow()).Micros;

    public static double Seconds(long micros) => micros / 1e6;
}
