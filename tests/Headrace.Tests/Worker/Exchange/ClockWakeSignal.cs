using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>
/// Wakes a loop according to the clock of the test. The waits of the loop end when the test advances that clock.
/// </summary>
internal sealed class ClockWakeSignal(TimeProvider clock) : IWakeSignal, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _woken = new(0, 1);

    // Guarded by _lock.
    private ITimer? _deferred;
    private bool _isDeferred;

    public void Wake()
    {
        lock (_lock)
            if (_woken.CurrentCount == 0)
                _woken.Release();
    }

    public void WakeWithin(TimeSpan delay)
    {
        lock (_lock)
        {
            if (_isDeferred || _woken.CurrentCount > 0)
                return;
            _isDeferred = true;
            _deferred ??= NewTimer();
            _deferred.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    public void Wait(TimeSpan? timeout)
    {
        using var timer = NewTimer();
        timer.Change(
            timeout is { } limit ? (limit > TimeSpan.Zero ? limit : TimeSpan.Zero) : Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _woken.Wait(TestContext.Current.CancellationToken);
        lock (_lock)
            _isDeferred = false;
    }

    public void Dispose()
    {
        _deferred?.Dispose();
        _woken.Dispose();
    }

    private ITimer NewTimer() =>
        clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
