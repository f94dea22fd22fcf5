using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Queues;

/// <summary>
/// Makes the shard delete the jobs whose retention has expired, in steps between the commits of other commands. After
/// each step, the loop pauses for several times the duration of the step. It does not pause if deletion has fallen
/// behind, because the store would otherwise grow without bound when jobs end faster than they are deleted.
/// </summary>
internal sealed partial class RetentionLoop(IShardRouter shards, TimeProvider time, ILogger<RetentionLoop> logger)
    : BackgroundService
{
    /// <summary>Interval between checks for expired jobs.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time until the next check if the store cannot currently be changed, for example while the server is starting.
    /// </summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The pause after a step, as a multiple of the step's duration. A step spends most of its duration waiting for a
    /// read and a sync, so the loop uses well under a tenth of a CPU core.
    /// </summary>
    private const int PauseFactor = 5;

    /// <summary>
    /// Maximum pause. Without a limit, a step that waited for a slow disk would delay the next step for too long.
    /// </summary>
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var completed = true;
                foreach (var shard in shards.All)
                    completed &= await TryDeleteAsync(shard, stoppingToken);
                await Task.Delay(completed ? Period : RetryPeriod, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping. The deletions so far are on disk, and the next server will continue with the
            // rest.
        }
    }

    /// <summary>Deletes all jobs that have expired. Returns false if the store cannot currently be changed.</summary>
    private async Task<bool> TryDeleteAsync(IShardMailbox shard, CancellationToken cancellationToken)
    {
        try
        {
            var deleted = 0L;
            while (await DeleteStepAsync(shard, cancellationToken) is { HasMore: true } step)
                deleted += step.Jobs;
            if (deleted > 0)
                Deleted(logger, deleted);
            return true;
        }
        catch (MailboxClosedException unavailable)
        {
            // For example, the disk is full, or the server is starting or stopping.
            Postponed(logger, unavailable.Message);
            return false;
        }
#pragma warning disable CA1031 // The next check may succeed. If the loop ended, the store would grow without bound.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            DeletionFailed(logger, new LoggedFault(fault));
            return false;
        }
    }

    private async Task<Response.ExpiredDeleted> DeleteStepAsync(
        IShardMailbox shard,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var step = await shard.QueryAsync<Response.ExpiredDeleted>(new Command.DeleteExpired(), cancellationToken);
        var pause = PauseFactor * time.GetElapsedTime(started);
        if (step is { Jobs: > 0, IsBehind: false })
            await Task.Delay(pause < MaxPause ? pause : MaxPause, time, cancellationToken);
        return step;
    }

    [LoggerMessage(LogLevel.Information, "Deleted {Jobs} jobs whose retention had expired.")]
    private static partial void Deleted(ILogger logger, long jobs);

    [LoggerMessage(LogLevel.Debug, "Expired jobs were not deleted now: {Why}")]
    private static partial void Postponed(ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "The deletion of expired jobs failed; it will be repeated")]
    private static partial void DeletionFailed(ILogger logger, Exception fault);
}
