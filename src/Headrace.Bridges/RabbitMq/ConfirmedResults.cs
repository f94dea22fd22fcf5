using System.Collections.Concurrent;

namespace Headrace.Bridges.RabbitMq;

/// <summary>
/// The results that RabbitMQ has confirmed and the feed can still deliver again. RabbitMQ itself cannot tell what was
/// published, so this memory keeps a bridge that reconnects from publishing results twice. It contains at most what the
/// feed has delivered, and is lost with the process.
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
