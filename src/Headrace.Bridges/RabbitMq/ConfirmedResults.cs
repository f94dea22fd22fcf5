using System.Collections.Concurrent;

namespace Headrace.Bridges.RabbitMq;

/// <summary>
/// The results that RabbitMQ confirmed and that the feed can still deliver again. RabbitMQ cannot tell which results
/// were published, so this set keeps a reconnecting bridge from publishing results twice. It contains at most the
/// results that the feed delivered, and is lost when the process ends.
/// </summary>
internal sealed class ConfirmedResults
{
    private readonly ConcurrentDictionary<string, bool> _keys = new(StringComparer.Ordinal);

    public bool Contains(string key) => _keys.ContainsKey(key);

    public void Add(string key) => _keys[key] = true;

    public void Remove(IEnumerable<string> keys)
    {
        foreach (var key in keys)
            _keys.TryRemove(key, out _);
    }

    public void Clear() => _keys.Clear();
}
