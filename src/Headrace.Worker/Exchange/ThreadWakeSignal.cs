namespace Headrace.Worker.Exchange;

/// <summary>
/// Blocks the loop's thread until it is woken or the timeout expires. The thread itself waits; neither a timer nor a
/// pool thread is involved.
/// </summary>
internal sealed class ThreadWakeSignal(TimeProvider clock) : IWakeSignal
{
    // Monitor.Wait accepts at most this many milliseconds. If a wait ends early, the loop finds nothing due and waits
    // again.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(int.MaxValue);

    // This is not a Lock, because the loop waits on it with Monitor.Wait.
    private readonly object _gate = new();

    // Guarded by _gate.
    private bool _isWoken;
    private long? _deferredUntil;

    public void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    public void WakeWithin(TimeSpan delay)
    {
        lock (_gate)
        {
            if (_isWoken || _deferredUntil is not null)
                return;
            _deferredUntil = After(delay);
            // The loop may be waiting for a later time.
            Monitor.Pulse(_gate);
        }
    }

    public void Wait(TimeSpan? timeout)
    {
        long? until = timeout is { } limit ? After(limit) : null;
        lock (_gate)
        {
            while (!_isWoken)
            {
                var next = _deferredUntil < until || until is null ? _deferredUntil : until;
                if (next is null)
                {
                    Monitor.Wait(_gate);
                    continue;
                }
                var left = clock.GetElapsedTime(clock.GetTimestamp(), next.Value);
                if (left <= TimeSpan.Zero)
                    break;
                // The time is rounded up to the resolution of the wait. Otherwise, the last fraction of a millisecond
                // would be spent in a busy loop.
                Monitor.Wait(_gate, left < MaxWait ? (int)Math.Ceiling(left.TotalMilliseconds) : int.MaxValue);
            }
            (_isWoken, _deferredUntil) = (false, null);
        }
    }

    private long After(TimeSpan delay) => clock.GetTimestamp() + (long)(delay.TotalSeconds * clock.TimestampFrequency);
}
