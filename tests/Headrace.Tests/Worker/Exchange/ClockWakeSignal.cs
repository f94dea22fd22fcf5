using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>
/// Wakes a loop based on the test's clock. The loop's waits end when the test advances that clock.
/// </summary>
internal sealed class ClockWakeSignal(TimeProvider clock) : IWakeSignal, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _woken = new(0, 1);

    // Guarded by _lock.
    private ITimer? _deferred;
    private bool _isDeferred;
    private bool _isParked;
    private TaskCompletionSource? _parked;
    private TaskCompletionSource? _wake;

    /// <summary>Whether the loop is waiting and nothing has woken it.</summary>
    public bool IsParked
    {
        get
        {
            lock (_lock)
                return _isParked;
        }
    }

    /// <summary>Completes as soon as the loop is waiting and nothing has woken it.</summary>
    public Task ParkAsync()
    {
        lock (_lock)
            return _isParked ? Task.CompletedTask : (_parked ??= NewCompletion()).Task;
    }

    /// <summary>Completes as soon as the loop is woken.</summary>
    public Task WakeAsync()
    {
        lock (_lock)
            return _isParked ? (_wake ??= NewCompletion()).Task : Task.CompletedTask;
    }

    public void Wake()
    {
        lock (_lock)
        {
            _isParked = false;
            _wake?.SetResult();
            _wake = null;
            if (_woken.CurrentCount == 0)
                _woken.Release();
        }
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
        lock (_lock)
        {
            _isParked = _woken.CurrentCount == 0;
            if (_isParked)
            {
                _parked?.SetResult();
                _parked = null;
            }
        }
        _woken.Wait(TestContext.Current.CancellationToken);
        lock (_lock)
            (_isParked, _isDeferred) = (false, false);
    }

    public void Dispose()
    {
        _deferred?.Dispose();
        _woken.Dispose();
    }

    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ITimer NewTimer() =>
        clock.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
