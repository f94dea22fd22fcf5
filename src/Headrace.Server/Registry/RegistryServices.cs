using Headrace.Server.Shards;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Registry;

/// <summary>Registers the registry as a service. The caller registers the router and the job store.</summary>
internal static class RegistryServices
{
    public static IServiceCollection AddRegistry(this IServiceCollection services) =>
        services
            .AddSingleton<ShardRegistry>()
            .AddSingleton<IRegistry>(service => service.GetRequiredService<ShardRegistry>())
            .AddSingleton<IEffectObserver>(service => service.GetRequiredService<ShardRegistry>());
}
