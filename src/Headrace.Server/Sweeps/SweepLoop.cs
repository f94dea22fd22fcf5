using Headrace.Core;
using Headrace.Core.Sweeps;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Sweeps;

/// <summary>
/// Advances the running sweeps in turn until they are done. The next step of a sweep is sent while the previous one is
/// being committed, so that the shard never waits for it; other commands run between steps. A restarted server
/// continues the sweeps that it finds.
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

    /// <summary>
    /// Maximum number of steps after which the next sweep gets its turn. Between two turns the loop asks which sweeps
    /// are running, which takes as long as a commit of a few jobs.
    /// </summary>
    private const int StepsPerTurn = 8;

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
                    var step = await AdvanceAsync(shard, sweep, cancellationToken);
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

    /// <summary>
    /// Advances a sweep by several steps. At most two of them are sent at a time. If a step ends elsewhere than where
    /// the next one begins, for example because it waits for capacity, the broker ignores the next one.
    /// </summary>
    private async Task<SweepProgress> AdvanceAsync(
        IShardMailbox shard,
        SweepRow sweep,
        CancellationToken cancellationToken
    )
    {
        var page = await _pages.TakeAsync(sweep);
        var pending = SendAsync(shard, sweep.Id, page, cancellationToken);
        var ended = pending;
        for (var steps = 1; steps < StepsPerTurn && page?.Next is { } next; steps++)
        {
            page = await _pages.TakeAsync(sweep with { Cursor = next });
            (ended, pending) = (pending, SendAsync(shard, sweep.Id, page, cancellationToken));
            if ((await ended).Items is not [{ State: SweepState.Running } running] || running.Cursor != next)
                break;
        }
        await pending;
        return (await ended).Items is [{ Waiting: not null, Cursor: var at }] && at == sweep.Cursor
            ? SweepProgress.Waiting
            : SweepProgress.Advanced;
    }

    private static Task<Response.Sweeps> SendAsync(
        IShardMailbox shard,
        long sweep,
        SweepPageRow? page,
        CancellationToken cancellationToken
    )
    {
        Command step = new Command.StepSweep(sweep);
        return shard.QueryAsync<Response.Sweeps>(page is null ? step : step.WithRows([page]), cancellationToken);
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
