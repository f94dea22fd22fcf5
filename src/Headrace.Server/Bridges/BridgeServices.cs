using Headrace.Server.Security;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Bridges;

/// <summary>
/// Registers the services and maps the routes for bridges. The caller registers a <see cref="BridgeServer"/>.
/// </summary>
internal static class BridgeServices
{
    public static IServiceCollection AddBridges(this IServiceCollection services) =>
        services
            .AddSingleton<BridgeKeys>()
            .AddSingleton<ICredentialKind>(service => service.GetRequiredService<BridgeKeys>())
            .AddSingleton<BridgeStore>()
            .AddSingleton<BridgeFeeds>()
            .AddSingleton<BridgeSupervisor>()
            .AddSingleton<BridgeMessages>()
            .AddSingleton<BridgeMeters>()
            .AddSingleton<BridgeRoutes>();

    public static void MapBridges(this IEndpointRouteBuilder app)
    {
        // The meters are created now, so that they measure from the start of the server.
        app.ServiceProvider.GetRequiredService<BridgeMeters>();
        app.ServiceProvider.GetRequiredService<BridgeRoutes>().Map(app);
    }
}
