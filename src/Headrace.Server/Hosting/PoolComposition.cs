using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Events;
using Headrace.Server.Pools;
using Headrace.Server.Pools.Local;
using Headrace.Server.Shards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Creates the pools of local workers and their scaler from the server's options.</summary>
internal static class PoolComposition
{
    /// <summary>
    /// The orphan grace period of workers when the server uses the memory store. The store is lost when the server
    /// ends, and the next server uses a different socket, so these workers cannot reconnect.
    /// </summary>
    private static readonly TimeSpan MemoryStoreGrace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Registers the pools and their scaler. The caller registers the options, the router and the time provider.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="options">The options of the server.</param>
    /// <param name="socket">The path of the server's socket.</param>
    /// <param name="issueKey">Returns the key for a worker of a pool.</param>
    /// <param name="reach">Returns the address for a worker that starts now.</param>
    public static IServiceCollection AddPools(
        this IServiceCollection services,
        ServerOptions options,
        string socket,
        Func<string, LeaseHolder, string> issueKey,
        Func<string> reach
    ) =>
        services
            .AddSingleton(service => new LocalPools(
                options.AllPools,
                KnownMethods(options),
                WorkersOf(options, socket, issueKey) with
                {
                    Reach = reach,
                    Announce = service.GetRequiredService<EventHub>().Publish,
                },
                service.GetRequiredService<IShardRouter>(),
                service.GetRequiredService<TimeProvider>(),
                service.GetRequiredService<ILoggerFactory>()
            ))
            .AddSingleton<IEffectObserver>(service => service.GetRequiredService<LocalPools>())
            .AddSingleton(service => service.GetRequiredService<LocalPools>().Managed)
            .AddSingleton(service => service.GetRequiredService<LocalPools>().Output)
            .AddSingleton(service => new Scaler(
                service.GetRequiredService<IReadOnlyList<ManagedPool>>(),
                service.GetRequiredService<IShardRouter>(),
                options.ScalingCheck,
                service.GetRequiredService<TimeProvider>(),
                service.GetRequiredService<EventHub>().Publish,
                service.GetRequiredService<ILogger<Scaler>>()
            ));

    /// <summary>
    /// Registers the methods that the worker program is known to offer. Without this registration, the server would
    /// reject every job for a pool whose first worker has not started yet.
    /// </summary>
    public static async Task RegisterMethodsAsync(
        IReadOnlyList<KnownMethod> methods,
        ShardMailbox mailbox,
        CancellationToken cancellationToken
    )
    {
        if (methods.Count == 0)
            return;
        var command = new Command.RegisterMethods([
            .. methods.Select(m => new Offer(new MethodName(m.Name), m.Version, m.Schema)),
        ]);
        if (await mailbox.SendAsync(command, cancellationToken) is Response.Rejected rejected)
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The methods of the worker program could not be registered: {rejected.Rejection.Detail}"
            );
    }

    private static List<MethodRef>? KnownMethods(ServerOptions options) =>
        options.Methods.Count == 0
            ? null
            : [.. options.Methods.Select(method => new MethodRef(new MethodName(method.Name), method.Version))];

    private static LocalWorkers WorkersOf(
        ServerOptions options,
        string socket,
        Func<string, LeaseHolder, string> issueKey
    ) =>
        new(
            options.WorkerCommand,
            $"unix:{socket}",
            issueKey,
            options.Store == StoreKind.Memory && options.OrphanGrace > MemoryStoreGrace
                ? MemoryStoreGrace
                : options.OrphanGrace,
            options.Lease
        )
        {
            InstalledMethods = options.InstalledMethods,
        };
}
