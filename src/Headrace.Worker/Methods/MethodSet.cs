using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Methods;

/// <summary>A snapshot of a worker's methods, and the offers that it makes to the server.</summary>
internal sealed class MethodSet
{
    private readonly Dictionary<MethodRef, Method> _methods;

    public MethodSet(IReadOnlyCollection<MethodBuilder> builders)
    {
        // The builders may change later, so the offers are copied.
        Offers = [.. builders.Select(mapped => mapped.Offer with { })];
        _methods = builders.ToDictionary(mapped => mapped.Method.Name, mapped => mapped.Method);
        Shapes = _methods.ToDictionary(entry => entry.Key, entry => entry.Value.Shape);
    }

    public IReadOnlyList<Offer> Offers { get; }

    public IReadOnlyDictionary<MethodRef, Shape> Shapes { get; }

    public Method? Find(MethodRef name) => _methods.GetValueOrDefault(name);
}
