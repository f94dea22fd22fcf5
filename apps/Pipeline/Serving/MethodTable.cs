using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Apps.Pipeline.Serving;

/// <summary>The methods that a method server has registered: the name in requests, and the method that runs.</summary>
internal sealed class MethodTable
{
    private readonly SortedDictionary<string, string> _methods = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _methods.Keys;

    /// <summary>Reads registrations such as <c>NWChem=nwchem</c>; a name alone stands for itself.</summary>
    /// <param name="simulate">The method behind <c>simulate</c>.</param>
    /// <param name="registrations">Further methods.</param>
    /// <exception cref="UsageException">A registration is not valid.</exception>
    public static MethodTable Read(string simulate, IEnumerable<string> registrations)
    {
        var table = new MethodTable();
        table._methods["simulate"] = simulate;
        foreach (var registration in registrations)
        {
            var (name, method) = registration.Split('=', 2) is [var left, var right]
                ? (left, right)
                : (registration, registration);
            if (name.Length == 0 || !MethodRef.TryParse(method, out _))
                throw new UsageException(
                    $"--register '{registration}' is not valid. Use NAME=METHOD, such as NWChem=nwchem."
                );
            table._methods[name] = method;
        }
        return table;
    }

    /// <summary>Returns the method; null if none is registered with this name.</summary>
    public string? Find(string name) => _methods.GetValueOrDefault(name);
}
