using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A pool, the provider of its workers, and the history of its scaling decisions.</summary>
internal sealed class ManagedPool(PoolDefinition terms, IWorkerProvider provider, PoolMethods methods)
{
    private readonly IReadOnlyList<MethodName> _listed = [.. terms.Methods.Select(method => new MethodName(method))];

    public PoolDefinition Definition { get; } = terms;

    public IWorkerProvider Provider { get; } = provider;

    /// <summary>The methods that a new worker would offer.</summary>
    public PoolMethods Learned { get; } = methods;

    /// <summary>
    /// The methods that the pool serves; empty for all. A pool with its own program serves the methods that the
    /// program offers.
    /// </summary>
    public IReadOnlyList<MethodName> Methods =>
        Definition.Command is not null && Learned.Offers is { } offers
            ? [.. offers.Select(offer => offer.Name).Distinct()]
            : _listed;

    public ScalingHistory History { get; } = new();
}
