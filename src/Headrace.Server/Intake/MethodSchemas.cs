using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// Caches the schemas of the known methods. The schema of a version never changes (R22), so a cached schema stays
/// valid. Only the default version of a method can change, so a method is read again if its entry is more than one
/// second old. The cache is bounded by the number of method versions. Thread-safe.
/// </summary>
internal sealed class MethodSchemas(IShardRouter shards, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<MethodName, Entry> _entries = [];
    private readonly Lock _lock = new();

    /// <summary>The reads in progress. Protected by the lock.</summary>
    private readonly Dictionary<MethodName, Task<Entry>> _reading = [];

    /// <summary>
    /// Returns the schema for the params of this method, or null if no worker has offered the method.
    /// </summary>
    public async ValueTask<string?> FindAsync(MethodRef method, CancellationToken cancellationToken)
    {
        if (
            _entries.TryGetValue(method.Name, out var entry)
            && time.GetElapsedTime(entry.ReadAt) < MaxAge
            && entry.Find(method.Version) is { } known
        )
            return known;
        return (await ReadAsync(method.Name).WaitAsync(cancellationToken)).Find(method.Version);
    }

    /// <summary>All waiting callers share one read, which continues even if one of them cancels.</summary>
    private Task<Entry> ReadAsync(MethodName method)
    {
        lock (_lock)
        {
            if (!_reading.TryGetValue(method, out var read))
                _reading.Add(method, read = Read());
            return read;
        }

        async Task<Entry> Read()
        {
            // Continues outside the lock.
            await Task.Yield();
            try
            {
                var at = time.GetTimestamp();
                var entry = new Entry(await shards.FindMethodAsync(method, CancellationToken.None), at);
                // Unknown names are not cached, because clients can invent any number of them.
                if (entry.Exists)
                    _entries[method] = entry;
                return entry;
            }
            finally
            {
                lock (_lock)
                    _reading.Remove(method);
            }
        }
    }

    /// <summary>The schemas of one method by version.</summary>
    /// <param name="versions">The versions of the method.</param>
    /// <param name="readAt">
    /// When the versions were read. The timestamp is taken before the query is sent, so that an entry is never older
    /// than its recorded age.
    /// </param>
    private sealed class Entry(IReadOnlyList<MethodView> versions, long readAt)
    {
        public long ReadAt { get; } = readAt;

        public bool Exists => versions.Count > 0;

        public string? Find(int version)
        {
            // Every submission runs this loop. A foreach loop would allocate an enumerator each time.
            for (var i = 0; i < versions.Count; i++)
                if (version == 0 ? versions[i].IsDefault : versions[i].Version == version)
                    return versions[i].Schema;
            return null;
        }
    }
}
