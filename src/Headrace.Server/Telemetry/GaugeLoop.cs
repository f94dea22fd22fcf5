using Headrace.Server.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Telemetry;

/// <summary>
/// Reads the gauge values periodically if metrics are exported to a collector. Unlike a scrape, an export is not
/// preceded by a request that could read them.
/// </summary>
internal sealed partial class GaugeLoop(
    IEnumerable<IGaugeSource> sources,
    TimeProvider time,
    ILogger<GaugeLoop> logger
) : BackgroundService
{
    /// <summary>The interval between two reads: a quarter of the default interval between two exports.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                foreach (var source in sources)
                    await TryRefreshAsync(source, stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    private async Task TryRefreshAsync(IGaugeSource source, CancellationToken cancellationToken)
    {
        try
        {
            await source.RefreshAsync(cancellationToken);
        }
#pragma warning disable CA1031 // The next refresh may succeed. If the loop ended, the exported gauges would freeze.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            RefreshFailed(logger, new LoggedFault(fault));
        }
    }

    [LoggerMessage(LogLevel.Error, "The exported state could not be read; the previous one is exported again")]
    private static partial void RefreshFailed(ILogger logger, Exception fault);
}
