using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Queues;

/// <summary>Registers the services and maps the routes for queue settings and the deletion of ended jobs.</summary>
internal static class QueueServices
{
    public static IServiceCollection AddQueues(this IServiceCollection services) =>
        services
            .AddSingleton<QueueSettingsStore>()
            .AddSingleton<QueueSettingsRoutes>()
            .AddSingleton<StoreUsageRoute>()
            .AddSingleton<JobDeletionRoute>()
            .AddHostedService<RetentionLoop>();

    public static void MapQueues(this IEndpointRouteBuilder app)
    {
        app.ServiceProvider.GetRequiredService<QueueSettingsRoutes>().Map(app);
        app.ServiceProvider.GetRequiredService<StoreUsageRoute>().Map(app);
        app.ServiceProvider.GetRequiredService<JobDeletionRoute>().Map(app);
    }
}
