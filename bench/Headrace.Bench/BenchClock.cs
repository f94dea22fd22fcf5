using System.Runtime.InteropServices;
using Headrace.Core;

namespace Headrace.Bench;

/// <summary>
/// The two clocks that the bench records. All processes on a machine share the monotonic clock, so the records of
/// several processes can be compared.
/// </summary>
internal static partial class BenchClock
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID of Linux.</summary>
    private const int ThreadClock = 3;

    /// <summary>Microseconds since the machine started.</summary>
    public static long Monotonic =>
        TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);

    /// <summary>Wall-clock time in the unit that the store uses: microseconds since 1970 (UTC).</summary>
    public static long Wall => Instant.From(TimeProvider.System.GetUtcNow()).Micros;

    /// <summary>The CPU time used by the calling thread.</summary>
    public static TimeSpan ThreadProcessor =>
        ClockGetTime(ThreadClock, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1e3)
            : throw new InvalidOperationException("The CPU time of the thread cannot be read.");

    public static double Seconds(long micros) => micros / 1e6;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
