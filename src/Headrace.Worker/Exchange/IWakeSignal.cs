namespace Headrace.Worker.Exchange;

/// <summary>
/// Wakes the loop's thread. An implementation must not depend on the thread pool, because a method may occupy every
/// thread of the pool while its lease must still be renewed.
/// </summary>
internal interface IWakeSignal
{
    /// <summary>Ends the current wait, or the next one if the loop is not waiting.</summary>
    void Wake();

    /// <summary>
    /// Wakes the loop within this time. If there are several such requests since the last wait, the earliest one
    /// counts.
    /// </summary>
    void WakeWithin(TimeSpan delay);

    /// <summary>
    /// Waits for a wake-up, but no longer than the timeout; null to wait without a limit. Only the loop calls it.
    /// </summary>
    void Wait(TimeSpan? timeout);
}
