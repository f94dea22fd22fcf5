using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Feeds;

/// <summary>Registers and maps the routes for feeds.</summary>
internal static class FeedServices
{
    public static IServiceCollection AddFeeds(this IServiceCollection services) =>
        services
            .AddSingleton<FeedFinder>()
            .AddSingleton<FeedLag>()
            .AddSingleton<FeedRoutes>()
            .AddSingleton<DeliveryRoutes>();

    public static void MapFeeds(this IEndpointRouteBuilder app)
    {
        app.ServiceProvider.GetRequiredService<FeedRoutes>().Map(app);
        app.ServiceProvider.GetRequiredService<DeliveryRoutes>().Map(app);
    }
}
