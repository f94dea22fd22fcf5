using System.Net;
using System.Net.Sockets;

namespace Headrace.Tests.Support;

/// <summary>
/// A loopback port whose queue of pending connections is full. The kernel drops further SYN packets, so attempts to
/// connect time out.
/// </summary>
internal sealed class FullListener : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _pending = [];

    public FullListener()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        // With a backlog of 0, the kernel still accepts one connection and the handshake of a second one. The other two
        // connections are a safety margin.
        for (var i = 0; i < 4; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                Blocking = false,
            };
            _pending.Add(socket);
            try
            {
                socket.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException pending)
                when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // The connection attempt is in progress. The kernel answers it or, once the backlog is full, ignores
                // it.
            }
        }
    }

    public string Url => $"http://{_listener.LocalEndPoint}";

    public void Dispose()
    {
        foreach (var socket in _pending)
            socket.Dispose();
        _listener.Dispose();
    }
}
