using Headrace.Server.Security;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Bridges;

/// <summary>Registers and maps what belongs to bridges. The caller registers a <see cref="BridgeServer"/>.</summary>
internal static class BridgeServices
{
    public static IServiceCollection AddBridges(this IServiceCollection services) =>
        services
            .AddSingleton<BridgeKeys>()
            .AddSingleton<ICredentialKind>(service => service.GetRequiredService<BridgeKeys>())
            .AddSingleton<BridgeStore>()
            .AddSingleton<BridgeFeeds>()
            .AddSingleton<BridgeSupervisor>()
            .AddSingleton<BridgeMeters>()
            .AddSingleton<BridgeRoutes>();

    public static void MapBridges(this IEndpointRouteBuilder app)
    {
        // The meters measure from the start of the server on.
        app.ServiceProvider.GetRequiredService<BridgeMeters>();
        app.ServiceProvider.GetRequiredService<BridgeRoutes>().Map(app);
    }
}
