using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A pool with the provider of its workers and the history of its scaling decisions.</summary>
internal sealed class ManagedPool(
    PoolDefinition terms,
    IWorkerProvider provider,
    IReadOnlyList<MethodRef>? programOffers = null
)
{
    public PoolDefinition Definition { get; } = terms;

    public IWorkerProvider Provider { get; } = provider;

    public IReadOnlyList<MethodName> Methods { get; } = [.. terms.Methods.Select(method => new MethodName(method))];

    /// <summary>The methods of the worker program; null if the server does not know them.</summary>
    public IReadOnlyList<MethodRef>? ProgramOffers { get; } = programOffers;

    public ScalingHistory History { get; } = new();
}
