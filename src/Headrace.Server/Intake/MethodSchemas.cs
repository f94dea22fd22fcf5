using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// Caches the schemas of the known methods. The schema of a version never changes (R22), so a cached schema stays
/// valid. Only the default version of a method can change, so the table is reloaded when it is older than one second.
/// Thread-safe.
/// </summary>
internal sealed class MethodSchemas(IShardRouter shards, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // Written under the lock.
    private Table _table = new([], null);
    private Task<Table>? _reading;

    /// <summary>
    /// Returns the schema for the params of this method, or null if no worker has offered the method.
    /// </summary>
    public async ValueTask<string?> FindAsync(MethodRef method, CancellationToken cancellationToken)
    {
        var table = _table;
        if (table.ReadAt is { } at && time.GetElapsedTime(at) < MaxAge && table.Find(method) is { } known)
            return known;
        return (await ReadAsync().WaitAsync(cancellationToken)).Find(method);
    }

    /// <summary>All waiting callers share one load; it continues even if one of them cancels.</summary>
    private Task<Table> ReadAsync()
    {
        lock (_lock)
            return _reading ??= Read();

        async Task<Table> Read()
        {
            await Task.Yield();
            try
            {
                var at = time.GetTimestamp();
                var answer = await shards.ListMethodsAsync(CancellationToken.None);
                var table = new Table(answer, at);
                lock (_lock)
                    return _table = table;
            }
            finally
            {
                lock (_lock)
                    _reading = null;
            }
        }
    }

    private sealed class Table
    {
        private readonly Dictionary<MethodRef, string> _schemas = [];

        public Table(IReadOnlyList<MethodView> methods, long? readAt)
        {
            ReadAt = readAt;
            foreach (var method in methods)
            {
                _schemas[new MethodRef(method.Name, method.Version)] = method.Schema;
                if (method.IsDefault)
                    _schemas[new MethodRef(method.Name, 0)] = method.Schema;
            }
        }

        /// <summary>
        /// When the table was read. The timestamp is taken before the query is sent, so that the table is never older
        /// than its recorded age.
        /// </summary>
        public long? ReadAt { get; }

        public string? Find(MethodRef method) => _schemas.GetValueOrDefault(method);
    }
}
