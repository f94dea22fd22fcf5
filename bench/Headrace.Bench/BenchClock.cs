using Headrace.Core;

namespace Headrace.Bench;

/// <summary>
/// The two times that are noted. The monotonic one is the machine's, the same in every process on it, so that files of
/// several processes can be laid side by side.
/// </summary>
internal static class BenchClock
{
    /// <summary>Microseconds since the machine started.</summary>
    public static long Monotonic =>
        TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);

    /// <summary>The wall time as the store keeps it: microseconds since 1970.</summary>
    public static long Wall => Instant.From(TimeProvider.System.GetUtcNow()).Micros;

    public static double Seconds(long micros) => micros / 1e6;
}
