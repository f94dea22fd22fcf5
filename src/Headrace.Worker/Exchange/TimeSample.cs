namespace Headrace.Worker.Exchange;

/// <summary>
/// Contains one reading of every clock that measures an attempt. When one job ends and the next starts on the same
/// thread, both share one reading, because reading the CPU time is a system call.
/// </summary>
/// <param name="Wall">The wall clock.</param>
/// <param name="Timestamp">The timestamp of the clock that includes system sleep, in the unit of that clock.</param>
/// <param name="Thread">The thread whose CPU time was read; 0 if the CPU time was not read.</param>
/// <param name="Nanoseconds">The CPU time that the thread had used, in nanoseconds.</param>
internal readonly record struct TimeSample(DateTimeOffset Wall, long Timestamp, int Thread, long Nanoseconds)
{
    public static TimeSample Take(TimeProvider clock, bool ofThread) =>
        ofThread
            ? new TimeSample(
                clock.GetUtcNow(),
                clock.GetTimestamp(),
                Environment.CurrentManagedThreadId,
                BootClock.ThreadNanoseconds()
            )
            : new TimeSample(clock.GetUtcNow(), clock.GetTimestamp(), 0, 0);

    /// <summary>
    /// Returns the CPU time that the thread has used since the earlier sample, in milliseconds. Returns 0 when the
    /// thread has changed since then, for example after an await, or when the CPU time was not read.
    /// </summary>
    public double ProcessorMillisecondsSince(in TimeSample earlier) =>
        Thread == earlier.Thread ? (Nanoseconds - earlier.Nanoseconds) / 1e6 : 0;
}
