using Headrace.Core;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// Holds a run for this program: answers other programs that ask for it, and cancels the work of this one if another
/// program has taken the run over.
/// </summary>
internal sealed class RunHold : IAsyncDisposable
{
    /// <summary>A tenth of the time that an answer may take.</summary>
    private static readonly TimeSpan Interval = OpeningRule.AnswerTimeout / 10;

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly RunStore _store;
    private readonly PipelineRun _run;
    private readonly Task _answering;
    private volatile bool _isEnding;

    private RunHold(RunStore store, PipelineRun run)
    {
        (_store, _run) = (store, run);
        _answering = AnswerAsync();
    }

    /// <summary>Cancelled when this program no longer holds the run.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Called when a stop message has arrived: from now on, programs that ask wait for the end.</summary>
    public void OnStopped() => _isEnding = true;

    /// <summary>Counts a chain that has failed. Returns the number of failed chains of the run.</summary>
    public Task<int> CountFailureAsync(string job, CancellationToken cancellationToken) =>
        _store.CountFailureAsync(_run, job, cancellationToken);

    public static RunHold Start(RunStore store, PipelineRun run) => new(store, run);

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, _stop.Token);
                try
                {
                    if (await _store.AnswerAsync(_run, _isEnding, _stop.Token))
                        continue;
                    await _lost.CancelAsync();
                    return;
                }
                catch (HeadraceException)
                {
                    // The program itself reports a server that does not respond. The run stays with it until another
                    // program takes it over.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The program has ended its work.
        }
    }

    /// <summary>
    /// Stops to answer, because the program ends the run. The end of the run must not look like its loss.
    /// </summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _answering;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _lost.Dispose();
    }
}
