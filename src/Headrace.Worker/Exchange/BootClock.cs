using System.Runtime.InteropServices;

namespace Headrace.Worker.Exchange;

/// <summary>
/// The system's time, with an elapsed time that goes on while the machine sleeps (R8): a worker that wakes after an
/// hour knows that its leases are an hour older.
/// The usual monotonic clock of Linux stands still meanwhile. Timers are the usual ones and fire late by the sleep,
/// which the first look at this clock makes good.
/// </summary>
internal sealed partial class BootClock : TimeProvider
{
    private const int SleepingClock = 7; // CLOCK_BOOTTIME
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID

    private const long NanosecondsPerSecond = 1_000_000_000;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp() => Read(SleepingClock);

    /// <summary>Processor time that the calling thread has used, in nanoseconds.</summary>
    public static long ThreadNanoseconds() => Read(ThreadClock);

    private static long Read(int clock)
    {
        if (ClockGetTime(clock, out var time) != 0)
            throw new InvalidOperationException($"The clock {clock} of this system cannot be read.");
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    // timespec of every 64-bit Unix: two longs.
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);
}
