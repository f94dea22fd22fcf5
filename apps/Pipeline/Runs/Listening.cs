namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// A listener that runs beside the work of its program. Whatever ends the work, a failure included, ends the listener:
/// it takes no message whose work nobody would follow.
/// </summary>
internal sealed class Listening : IAsyncDisposable
{
    private readonly CancellationTokenSource _abandon;
    private readonly CancellationTokenSource _enough;
    private readonly Task<bool> _listening;

    public Listening(Listener listener, Action onStopped, CancellationToken cancellationToken)
    {
        _abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _enough = CancellationTokenSource.CreateLinkedTokenSource(_abandon.Token);
        _listening = ListenAsync(listener, onStopped);
    }

    /// <summary>Returns whether a stop message has arrived. Throws if the listener has failed.</summary>
    public async Task<bool> IsStoppedAsync() => _listening.IsCompleted && await _listening;

    /// <summary>
    /// Takes no further message, and waits until the one in hand is processed. Returns whether it was a stop message.
    /// </summary>
    public async Task<bool> FinishAsync()
    {
        await _enough.CancelAsync();
        return await _listening;
    }

    public async ValueTask DisposeAsync()
    {
        await _abandon.CancelAsync();
        // The failure of the work matters more than that of the listener.
        await Task.WhenAny(_listening);
        _enough.Dispose();
        _abandon.Dispose();
    }

    private async Task<bool> ListenAsync(Listener listener, Action onStopped)
    {
        var isStopped = await listener.RunAsync(_enough.Token, _abandon.Token);
        if (isStopped)
            onStopped();
        return isStopped;
    }
}
