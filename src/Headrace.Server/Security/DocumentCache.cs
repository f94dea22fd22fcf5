using System.Collections.Concurrent;
using Headrace.Core.Registry;
using Headrace.Server.Registry;

namespace Headrace.Server.Security;

/// <summary>
/// Parses each version of the documents of one kind only once. Every lookup reads the current version from the
/// registry, so a change takes effect when it is committed.
/// </summary>
internal sealed class DocumentCache<T>(IRegistry registry, string kind, Func<RegistryDocument, T> parse)
    where T : class
{
    /// <summary>
    /// The parsed documents, by id. Their number never exceeds the number of documents in the registry.
    /// </summary>
    private readonly ConcurrentDictionary<string, (long Version, T Value)> _parsed = new(StringComparer.Ordinal);

    /// <summary>Returns the current value; null if the document does not exist.</summary>
    public T? Find(string id)
    {
        if (!RegistryLimits.IsId(id) || registry.Get(kind, id) is not { } document)
        {
            _parsed.TryRemove(id, out _);
            return null;
        }
        return Parsed(document);
    }

    /// <summary>Returns all current values, ordered by id.</summary>
    public IEnumerable<T> All() => registry.List(kind).Select(Parsed);

    private T Parsed(RegistryDocument document)
    {
        if (_parsed.TryGetValue(document.Id, out var known) && known.Version == document.Version)
            return known.Value;
        var value = parse(document);
        _parsed[document.Id] = (document.Version, value);
        return value;
    }
}
