using System.Runtime.InteropServices;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Provides the system time, and an elapsed time that includes system sleep (R8): after an hour of sleep, the worker's
/// leases are an hour older. The default monotonic clock of Linux stops during sleep. Timers still use that clock and
/// fire late by the duration of the sleep; the first read of this clock after the system resumes corrects for it.
/// </summary>
internal sealed partial class BootClock : TimeProvider
{
    private const int SleepingClock = 7; // CLOCK_BOOTTIME
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID

    private const long NanosecondsPerSecond = 1_000_000_000;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp() => Read(SleepingClock);

    /// <summary>Returns the CPU time that the calling thread has used, in nanoseconds.</summary>
    public static long ThreadNanoseconds() => Read(ThreadClock);

    private static long Read(int clock)
    {
        if (ClockGetTime(clock, out var time) != 0)
            throw new InvalidOperationException($"clock_gettime failed for clock {clock}.");
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    // The layout of timespec on every 64-bit Unix: two longs.
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);
}
