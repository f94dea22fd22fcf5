using Microsoft.Extensions.Hosting;

namespace Headrace.Server.Telemetry;

/// <summary>
/// Reads the state of the shard regularly while metrics are exported, because no request precedes an export.
/// </summary>
internal sealed class GaugeLoop(StateGauges gauges, TimeProvider time) : BackgroundService
{
    /// <summary>A quarter of the default interval between two exports.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do await gauges.RefreshAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }
}
