namespace Headrace.Worker.Exchange;

/// <summary>
/// Provides a token that the loop cancels. Callbacks that are registered on the token run neither on the loop's thread
/// nor on the thread pool, which may be occupied by methods. Not thread-safe: the attempt synchronizes access.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public StopSignal()
    {
        Token = _source.Token;
    }

    /// <summary>Gets the token, which can also be read after the signal has been disposed of.</summary>
    public CancellationToken Token { get; }

    /// <summary>Gets a task that completes when all callbacks have returned.</summary>
    public Task Cancelling { get; private set; } = Task.CompletedTask;

    public void Cancel() =>
        Cancelling = Task.Factory.StartNew(
            _source.Cancel,
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default
        );

    public void Dispose() => _source.Dispose();
}
