using Headrace.Core;
using Headrace.Core.Sweeps;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Sweeps;

/// <summary>
/// Advances the running sweeps in turn, one step at a time, until they are done. Each step is sent after the commit of
/// the previous one, so other commands can run between steps. A restarted server continues the sweeps that it finds.
/// </summary>
internal sealed partial class SweepLoop(
    IShardRouter shards,
    IJobStore jobStore,
    TimeProvider time,
    ILogger<SweepLoop> logger
) : BackgroundService
{
    /// <summary>The pause while every sweep is waiting for capacity, or while the store is unavailable.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Released when a sweep is created. Several releases have the same effect as one.
    private readonly SemaphoreSlim _created = new(0);
    private readonly SweepPages _pages = new(jobStore);

    /// <summary>Wakes the loop after a sweep has been created.</summary>
    public void OnCreated() => _created.Release();

    public override void Dispose()
    {
        _created.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var progress = await TryStepAllAsync(stoppingToken);
                if (progress == SweepProgress.None)
                    await _created.WaitAsync(stoppingToken);
                else if (progress == SweepProgress.Waiting)
                    await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping. The sweeps continue after its next start.
        }
    }

    private async Task<SweepProgress> TryStepAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            var progress = SweepProgress.None;
            foreach (var shard in shards.All)
            {
                var sweeps = await shard.QueryAsync<Response.Sweeps>(new Command.ListSweeps(null), cancellationToken);
                var running = sweeps.Items.Where(sweep => sweep.State == SweepState.Running).Reverse().ToList();
                _pages.Retain(running);
                foreach (var sweep in running)
                {
                    var step = await StepAsync(shard, sweep, cancellationToken);
                    progress = step > progress ? step : progress;
                }
            }
            return progress;
        }
        catch (MailboxClosedException closed)
        {
            // The store is being loaded or is not writable. No step is lost, because the cursor is in the store.
            Delayed(logger, closed.Message);
            return SweepProgress.Waiting;
        }
#pragma warning disable CA1031 // The next turn may succeed. If the loop ended, no sweep would ever advance.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            StepFailed(logger, new LoggedFault(fault));
            return SweepProgress.Waiting;
        }
    }

    private async Task<SweepProgress> StepAsync(
        IShardMailbox shard,
        SweepRow sweep,
        CancellationToken cancellationToken
    )
    {
        Command step = new Command.StepSweep(sweep.Id);
        if (await _pages.TakeAsync(sweep) is { } page)
            step = step.WithRows([page]);
        var response = await shard.QueryAsync<Response.Sweeps>(step, cancellationToken);
        return response.Items is [{ Waiting: not null } waiting] && waiting.Cursor == sweep.Cursor
            ? SweepProgress.Waiting
            : SweepProgress.Advanced;
    }

    private enum SweepProgress
    {
        None,
        Waiting,
        Advanced,
    }

    [LoggerMessage(LogLevel.Debug, "The sweeps wait for the store: {Why}")]
    private static partial void Delayed(ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "A step of the sweeps failed; it will be repeated")]
    private static partial void StepFailed(ILogger logger, Exception fault);
}
