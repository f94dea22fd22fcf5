using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Worker.Methods;

/// <summary>The methods of one application, by name and version.</summary>
internal sealed class MethodTable
{
    private readonly Dictionary<MethodRef, Method> _methods = [];

    public IReadOnlyCollection<Method> All => _methods.Values;

    /// <summary>
    /// Maps a delegate. Throws <see cref="ArgumentException"/> naming the method and what is wrong with it.
    /// </summary>
    public Method Add(string name, Delegate method) => Add(name, parsed => new Method(parsed, method), nameof(method));

    /// <summary>
    /// Maps what is made for the name. <paramref name="signature"/> is the caller's parameter that the signature comes
    /// from: the exception for an unusable one names it.
    /// </summary>
    public Method Add(string name, Func<MethodRef, Method> make, string signature)
    {
        if (!MethodRef.TryParse(name, out var parsed))
            throw new ArgumentException(
                $"'{name}' cannot name a method. Give 1 to 64 characters of a-z, 0-9, '.', '_' and '-', "
                    + "beginning with a letter or digit, and a version if you like: \"forecast@2\".",
                nameof(name)
            );
        if (parsed.Version == 0)
            parsed = parsed with { Version = 1 };
        if (_methods.ContainsKey(parsed))
            throw new ArgumentException(
                $"The method {parsed} is mapped twice. Give one of them another name or version.",
                nameof(name)
            );
        try
        {
            var method = make(parsed);
            _methods.Add(parsed, method);
            return method;
        }
        catch (Exception unusable) when (unusable is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException(
                $"The method {parsed} cannot be mapped. {unusable.Message}",
                signature,
                unusable
            );
        }
    }

    public bool TryGet(MethodRef name, [NotNullWhen(true)] out Method? method) =>
        _methods.TryGetValue(name, out method);
}
