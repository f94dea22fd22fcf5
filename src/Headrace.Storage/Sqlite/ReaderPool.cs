using System.Collections.Concurrent;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The reading connections, each on a thread of its own: as many as were ever needed at once, at most four. Whoever
/// comes later waits.
/// </summary>
internal sealed class ReaderPool(string path) : IAsyncDisposable
{
    /// <summary>Readers share the machine with the writer and the methods; four keep a disk busy.</summary>
    private const int Most = 4;

    /// <summary>A reader waits for a lock only while the file recovers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(Most);

    // The last one used comes first: its pages are at hand.
    private readonly ConcurrentStack<Connection> _idle = [];

    /// <summary>Reads, after those that came before where all connections are in use.</summary>
    public async Task<T> ReadAsync<T>(Func<Reader, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        Connection? connection = null;
        try
        {
            if (!_idle.TryPop(out connection))
                connection = new Connection(path);
            return await connection.ReadAsync(read);
        }
        finally
        {
            if (connection is not null)
                _idle.Push(connection);
            _free.Release();
        }
    }

    /// <summary>Waits for the reads under way, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Most; i++)
            await _free.WaitAsync(CancellationToken.None);
        foreach (var connection in _idle)
            await connection.DisposeAsync();
        _free.Dispose();
    }

    /// <summary>A reader and its thread. The file is opened there, with the first read.</summary>
    private sealed class Connection(string path) : IAsyncDisposable
    {
        private readonly StoreThread _thread = new("reader");
        private Reader? _reader;

        public Task<T> ReadAsync<T>(Func<Reader, T> read) =>
            _thread.DoAsync(() => read(_reader ??= new Reader(Database.Open(path, writable: false, Patience))));

        public async ValueTask DisposeAsync()
        {
            await _thread.DisposeAsync();
            _reader?.Dispose();
        }
    }
}
