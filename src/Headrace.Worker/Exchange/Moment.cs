namespace Headrace.Worker.Exchange;

/// <summary>
/// A moment by every clock that an attempt is measured with. Read once where one job ends and the next begins on the
/// same thread: the processor time alone is a call into the kernel.
/// </summary>
/// <param name="Wall">The wall clock.</param>
/// <param name="Timestamp">The clock that goes on while the machine sleeps, in its own unit.</param>
/// <param name="Thread">The thread whose processor time this is; 0 where nobody asked for it.</param>
/// <param name="Nanoseconds">Processor time that the thread had used.</param>
internal readonly record struct Moment(DateTimeOffset Wall, long Timestamp, int Thread, long Nanoseconds)
{
    public static Moment Now(TimeProvider clock, bool ofThread) =>
        ofThread
            ? new Moment(
                clock.GetUtcNow(),
                clock.GetTimestamp(),
                Environment.CurrentManagedThreadId,
                BootClock.ThreadNanoseconds()
            )
            : new Moment(clock.GetUtcNow(), clock.GetTimestamp(), 0, 0);

    /// <summary>
    /// What the thread has used since; 0 where it was not the same all along, as after a method has waited, or where it
    /// was not asked for.
    /// </summary>
    public double ProcessorMillisecondsSince(in Moment earlier) =>
        Thread == earlier.Thread ? (Nanoseconds - earlier.Nanoseconds) / 1e6 : 0;
}
