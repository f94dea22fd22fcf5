using Headrace.Server.Telemetry;
using Headrace.Server.Webhooks.Sending;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Webhooks;

/// <summary>Registers the services that deliver webhooks, and maps the webhook routes.</summary>
internal static class WebhookServices
{
    /// <summary>Registers the services. The caller must register the <see cref="WebhookOptions"/>.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services
            .AddSingleton<IHostResolver, DnsResolver>()
            .AddSingleton(service => new AddressRule(service.GetRequiredService<WebhookOptions>().AllowedNetworks))
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookMeters>()
            .AddSingleton<IGaugeSource>(service => service.GetRequiredService<WebhookMeters>())
            .AddSingleton<WebhookDeliverer>();
        services
            .AddSingleton<WebhookRecords>()
            .AddSingleton<WebhookRuns>()
            .AddSingleton<WebhookLoop>()
            .AddHostedService(service => service.GetRequiredService<WebhookLoop>())
            .AddHostedService<WebhookAnnouncer>();
        return services
            .AddSingleton<WebhookStore>()
            .AddSingleton<WebhookText>()
            .AddSingleton<WebhookView>()
            .AddSingleton<WebhookRoutes>();
    }

    public static void MapWebhooks(this IEndpointRouteBuilder app) =>
        app.ServiceProvider.GetRequiredService<WebhookRoutes>().Map(app);
}
