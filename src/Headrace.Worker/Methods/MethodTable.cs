using Headrace.Core;

namespace Headrace.Worker.Methods;

/// <summary>Contains the methods of one worker by name and version.</summary>
internal sealed class MethodTable
{
    private readonly Dictionary<MethodRef, Method> _methods = [];

    public IReadOnlyCollection<Method> All => _methods.Values;

    /// <summary>
    /// Maps the method that <paramref name="make"/> creates for the parsed name. Throws <see cref="ArgumentException"/>
    /// with the name of the method and the problem; <paramref name="signature"/> is the parameter name that is reported
    /// by the exception for an invalid signature.
    /// </summary>
    public Method Add(string name, Func<MethodRef, Method> make, string signature)
    {
        if (!MethodRef.TryParse(name, out var parsed))
            throw new ArgumentException(
                $"'{name}' is not a valid method name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and "
                    + "'-', starting with a letter or digit, optionally followed by a version: \"forecast@2\".",
                nameof(name)
            );
        if (parsed.Version == 0)
            parsed = parsed with { Version = 1 };
        if (_methods.ContainsKey(parsed))
            throw new ArgumentException(
                $"The method {parsed} is mapped twice. Use a different name or version for one of them.",
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

    public bool Remove(MethodRef name) => _methods.Remove(name);
}
