using System.Collections.Concurrent;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A pool of read-only connections, each with a separate thread. It grows on demand to at most four; further readers
/// wait.
/// </summary>
internal sealed class ReaderPool(string path) : IAsyncDisposable
{
    /// <summary>
    /// Maximum number of readers. Four readers are enough to keep a disk busy, and the machine also has to run the
    /// writer and the workers.
    /// </summary>
    private const int MaxReaders = 4;

    /// <summary>
    /// Maximum time that a reader waits for a lock, which happens only while SQLite recovers the file.
    /// </summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(MaxReaders);

    // The pool is a stack, because the most recently used connection has the warmest page cache.
    private readonly ConcurrentStack<Connection> _idle = [];

    /// <summary>Runs a read. If all connections are in use, waits for an earlier read to finish.</summary>
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

    /// <summary>Waits for the running reads, then closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < MaxReaders; i++)
            await _free.WaitAsync(CancellationToken.None);
        foreach (var connection in _idle)
            await connection.DisposeAsync();
        _free.Dispose();
    }

    /// <summary>A reader and its thread. The first read opens the file on that thread.</summary>
    private sealed class Connection(string path) : IAsyncDisposable
    {
        private readonly StoreThread _thread = new("reader");
        private Reader? _reader;

        public Task<T> ReadAsync<T>(Func<Reader, T> read) =>
            _thread.RunAsync(() => read(_reader ??= new Reader(Database.Open(path, writable: false, LockTimeout))));

        public async ValueTask DisposeAsync()
        {
            await _thread.DisposeAsync();
            _reader?.Dispose();
        }
    }
}
