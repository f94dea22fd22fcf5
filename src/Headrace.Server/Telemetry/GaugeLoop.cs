using Microsoft.Extensions.Hosting;

namespace Headrace.Server.Telemetry;

/// <summary>
/// Reads the values of the gauges regularly while metrics are exported, because no request precedes an export.
/// </summary>
internal sealed class GaugeLoop(IEnumerable<IGaugeSource> gauges, TimeProvider time) : BackgroundService
{
    /// <summary>A quarter of the default interval between two exports.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                foreach (var source in gauges)
                    await source.RefreshAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }
}
