using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Dispatch;

/// <summary>The methods that were ever offered, by name (R22).</summary>
internal sealed class MethodTable
{
    private readonly SortedDictionary<string, Method> _methods = new(StringComparer.Ordinal);

    public IEnumerable<Method> All => _methods.Values;

    public bool TryGet(MethodName name, [NotNullWhen(true)] out Method? method) => _methods.TryGetValue(name.Text, out method);

    public Method Add(MethodName name, int version, string schema)
    {
        if (!_methods.TryGetValue(name.Text, out var method)) _methods.Add(name.Text, method = new Method(name));
        method.Add(new Method.Version(version, schema));
        return method;
    }
}
