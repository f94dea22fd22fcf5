using System.Threading.Tasks.Sources;

namespace Headrace.Server.Hosting;

/// <summary>
/// Wakes one waiting loop. Any thread can set the signal, and only the loop waits for it. A signal set while the loop
/// is working ends the next wait immediately, so no signal is lost. Setting and waiting allocate no memory.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Clear = 0;
    private const int IsSet = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public void Set()
    {
        if (Interlocked.Exchange(ref _state, IsSet) == Waiting)
            _wait.SetResult(true);
    }

    /// <summary>Waits until the signal is set, and clears it.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.Exchange(ref _state, Clear) == IsSet)
            return ValueTask.CompletedTask;
        _wait.Reset();
        return Interlocked.CompareExchange(ref _state, Waiting, Clear) == Clear
            ? new ValueTask(this, _wait.Version)
            : WaitAsync();
    }

    void IValueTaskSource.GetResult(short token)
    {
        _wait.GetResult(token);
        // The next time the loop looks for work, it finds everything that was added before this point.
        Interlocked.Exchange(ref _state, Clear);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _wait.OnCompleted(continuation, state, token, flags);
}
