using System.Collections.Concurrent;

namespace Headrace.Storage.Sqlite;

/// <summary>The reading connections: as many as were ever needed at once, at most four. Whoever comes later waits.</summary>
internal sealed class ReaderPool(string path) : IAsyncDisposable
{
    /// <summary>Readers share the machine with the writer and the methods; four keep a disk busy.</summary>
    private const int Most = 4;

    /// <summary>A reader waits for a lock only while the file recovers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(Most);
    private readonly ConcurrentBag<Reader> _idle = [];

    /// <summary>Reads on a pool thread, because the disk may make it wait.</summary>
    public async Task<T> ReadAsync<T>(Func<Reader, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Read(read), cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads under way, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Most; i++) await _free.WaitAsync(CancellationToken.None);
        foreach (var reader in _idle) reader.Dispose();
        _free.Dispose();
    }

    private T Read<T>(Func<Reader, T> read)
    {
        if (!_idle.TryTake(out var reader)) reader = new Reader(Database.Open(path, writable: false, Patience));
        try
        {
            return read(reader);
        }
        finally
        {
            _idle.Add(reader);
        }
    }
}
