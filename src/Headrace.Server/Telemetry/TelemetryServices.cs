using System.Reflection;
using Headrace.Server.Shards;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Headrace.Server.Telemetry;

/// <summary>Registers the services that collect and export the server's metrics and traces.</summary>
internal static class TelemetryServices
{
    /// <summary>The name under which OpenTelemetry listens to the meters of a service collection.</summary>
    private const string Listener = "OpenTelemetry";

    public static IServiceCollection AddTelemetry(
        this IServiceCollection services,
        TelemetryOptions options,
        IConfigurationBuilder configuration
    )
    {
        // OpenTelemetry reads its variables from the configuration of the host, which is otherwise empty. If
        // the library itself were disabled, it could not serve metrics to Prometheus either, so only the
        // exports are disabled.
        configuration.AddInMemoryCollection(
            options.Variables.Where(variable => variable.Key != TelemetryOptions.Disabled)
        );
        services
            .AddSingleton<JobMeters>()
            .AddSingleton<IEffectObserver>(service => service.GetRequiredService<JobMeters>())
            .AddSingleton<CommitMeters>()
            .AddSingleton<ExchangeMeters>()
            .AddSingleton<IGaugeSource, StateGauges>()
            .AddSingleton<MetricsRoute>();
        // Enables only the meters of this server. AddMeter would also enable the meters of other servers in the
        // process.
        services.AddMetrics(metrics =>
            metrics
                .EnableMetrics(Instrumentation.Name, instrumentName: null, Listener, MeterScope.Local)
                .EnableMetrics("System.Runtime", instrumentName: null, Listener, MeterScope.Global)
        );
        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, options))
            .WithMetrics(metrics =>
            {
                metrics.AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0);
                if (options.ExportsMetrics)
                    metrics.AddOtlpExporter();
            });
        if (options.ExportsMetrics)
            services.AddHostedService<GaugeLoop>();
        if (options.ExportsTraces)
            telemetry.WithTracing(traces => traces.AddSource(Instrumentation.Name).AddOtlpExporter());
        return services;
    }

    private static void Describe(ResourceBuilder resource, TelemetryOptions options)
    {
        if (!options.NamesService)
            resource.AddService(
                "headrace",
                serviceVersion: typeof(TelemetryServices)
                    .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                    ?.InformationalVersion
            );
    }
}
