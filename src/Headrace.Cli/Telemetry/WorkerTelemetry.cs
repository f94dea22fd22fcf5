using Headrace.Server.Telemetry;
using Headrace.Worker.Exchange;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Headrace.Cli.Telemetry;

/// <summary>
/// Exports the metrics and traces of a worker process, if the standard OpenTelemetry environment variables specify a
/// collector. The local workers of a server inherit its environment.
/// </summary>
internal sealed class WorkerTelemetry : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private WorkerTelemetry(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    public static WorkerTelemetry Start(TelemetryOptions options) =>
        new(
            options.ExportsMetrics
                ? Sdk.CreateMeterProviderBuilder()
                    .ConfigureResource(resource => Describe(resource, options))
                    .AddMeter(AttemptTelemetry.Name)
                    .AddOtlpExporter()
                    .Build()
                : null,
            options.ExportsTraces
                ? Sdk.CreateTracerProviderBuilder()
                    .ConfigureResource(resource => Describe(resource, options))
                    .AddSource(AttemptTelemetry.Name)
                    .AddOtlpExporter()
                    .Build()
                : null
        );

    /// <summary>Exports the remaining metrics and traces.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static void Describe(ResourceBuilder resource, TelemetryOptions options)
    {
        if (!options.NamesService)
            resource.AddService("headrace-worker");
    }
}
