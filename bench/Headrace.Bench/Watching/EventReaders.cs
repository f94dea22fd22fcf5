using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Core;

namespace Headrace.Bench.Watching;

/// <summary>
/// Clients that watch a server's events and discard what they read, so that they cost as little as possible.
/// </summary>
internal sealed class EventReaders : IAsyncDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _reading = [];
    private long _bytes;

    private EventReaders() { }

    /// <summary>The number of bytes that all clients together have read.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Connects clients, and returns when the server has answered each of them.</summary>
    /// <param name="url">The address of the server.</param>
    /// <param name="key">The credential.</param>
    /// <param name="count">The number of clients.</param>
    /// <param name="query">Returns the query of the client with a given number.</param>
    /// <param name="stop">Cancels the connection.</param>
    public static async Task<EventReaders> ConnectAsync(
        string url,
        string key,
        int count,
        Func<int, string> query,
        CancellationToken stop
    )
    {
        var readers = new EventReaders();
        try
        {
            for (var i = 0; i < count; i++)
                await readers.AddAsync(new Uri(url), key, query(i), stop);
            return readers;
        }
        catch
        {
            await readers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        await Task.WhenAll(_reading);
    }

    private async Task AddAsync(Uri url, string key, string query, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port), stop);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"GET /v1/events{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
            ),
            stop
        );
        var buffer = new byte[BufferBytes];
        var read = await socket.ReceiveAsync(buffer, stop);
        if (!Encoding.ASCII.GetString(buffer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            throw new HeadraceException($"The server rejected a reader: {Encoding.ASCII.GetString(buffer, 0, read)}");
        _reading.Add(Task.Run(() => ReadAsync(socket, buffer), CancellationToken.None));
    }

    private async Task ReadAsync(Socket socket, byte[] buffer)
    {
        try
        {
            while (await socket.ReceiveAsync(buffer, CancellationToken.None) is var read and > 0)
                Interlocked.Add(ref _bytes, read);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The measurement has ended.
        }
    }
}
