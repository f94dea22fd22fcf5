using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// The schemas of the known methods. A version's schema never changes (R22), so what is known stays true; only which
/// version a bare name means may change,
/// so the table is read again after a second. Thread-safe.
/// </summary>
internal sealed class MethodSchemas(IShardRouter shards, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // Written under the lock.
    private Table _table = new([], null);
    private Task<Table>? _reading;

    /// <summary>The schema that params for this method must fit; null for a method nobody has offered.</summary>
    public async ValueTask<string?> FindAsync(MethodRef method, CancellationToken cancellationToken)
    {
        var table = _table;
        if (table.ReadAt is { } at && time.GetElapsedTime(at) < MaxAge && table.Find(method) is { } known)
            return known;
        return (await ReadAsync().WaitAsync(cancellationToken)).Find(method);
    }

    /// <summary>One reading for all who wait for it; no single caller's leaving ends it.</summary>
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

        /// <summary>Taken before the question was sent, so that the answer is never older than it claims.</summary>
        public long? ReadAt { get; }

        public string? Find(MethodRef method) => _schemas.GetValueOrDefault(method);
    }
}
