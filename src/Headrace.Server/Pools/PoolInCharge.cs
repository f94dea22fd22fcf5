using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A pool with whoever provides its workers, and the book of its decisions.</summary>
internal sealed class PoolInCharge(PoolTerms terms, IWorkerProvider provider)
{
    public PoolTerms Terms { get; } = terms;

    public IWorkerProvider Provider { get; } = provider;

    public IReadOnlyList<MethodName> Methods { get; } = [.. terms.Methods.Select(method => new MethodName(method))];

    public ScaleBook Book { get; } = new();
}
