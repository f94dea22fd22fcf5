using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Represents one connection to the server, with blocking operations: over TCP or a Unix socket, with TLS for
/// <c>https</c>, and through the proxy that the environment specifies if the endpoint is not on this machine. Only
/// <see cref="Close"/> may be called from another thread; it ends a blocked operation with an exception.
/// </summary>
internal sealed class ServerStream(ServerEndpoint endpoint)
{
    private readonly Lock _lock = new();

    // Guarded by _lock: the socket once it exists, and whether the connection has been closed.
    private Socket? _socket;
    private bool _isClosed;

    private Stream? _stream;
    private HttpReplyReader? _replies;

    /// <summary>
    /// Gets a value indicating whether the connection is established. Any thread may read this value.
    /// </summary>
    public bool IsOpen => Volatile.Read(ref _replies) is not null;

    /// <summary>Establishes the connection.</summary>
    public void Open()
    {
        var proxy = endpoint.Proxy;
        var socket =
            endpoint.Socket is { } path ? Connect(new UnixDomainSocketEndPoint(path))
            : proxy is not null ? Connect(proxy.IdnHost, proxy.Port)
            : Connect(endpoint.Url.IdnHost, endpoint.Url.Port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (endpoint.Url.Scheme == Uri.UriSchemeHttps)
        {
            if (proxy is not null)
                OpenTunnel(stream, proxy);
            var secured = new SslStream(stream);
            secured.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = endpoint.Url.IdnHost });
            stream = secured;
        }
        _stream = stream;
        Volatile.Write(ref _replies, new HttpReplyReader(stream));
    }

    /// <summary>
    /// Returns false if the server has closed the idle connection or has sent unsolicited data. With TLS, such bytes
    /// may belong to the protocol, so only the next request shows whether the connection is usable.
    /// </summary>
    public bool IsUsable() => _stream is SslStream || !_socket!.Poll(0, SelectMode.SelectRead);

    /// <summary>Gets a value indicating whether any byte of the last reply has arrived.</summary>
    public bool HasReceived => _replies!.HasReceived;

    /// <summary>Sends a request and reads its reply.</summary>
    public HttpReply Exchange(ReadOnlySpan<byte> request)
    {
        try
        {
            _stream!.Write(request);
        }
        catch (IOException)
        {
            // A server that rejects a request early closes the connection, but its reply may already have arrived.
            try
            {
                return _replies!.Read();
            }
            catch (IOException) when (!_replies!.HasReceived) { }
            throw;
        }
        return _replies!.Read();
    }

    /// <summary>Closes the connection. Any thread may call this method, even before <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _socket?.Dispose();
        }
    }

    private Socket Connect(string host, int port)
    {
        // A literal IPv6 address is enclosed in brackets.
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
            return Connect(new IPEndPoint(literal, port));
        SocketException? failed = null;
        foreach (var address in Dns.GetHostAddresses(host))
        {
            try
            {
                return Connect(new IPEndPoint(address, port));
            }
            catch (SocketException refused)
            {
                failed = refused;
            }
        }
        throw failed ?? new SocketException((int)SocketError.HostNotFound);
    }

    private Socket Connect(EndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        lock (_lock)
        {
            _socket?.Dispose();
            _socket = socket;
            ObjectDisposedException.ThrowIf(_isClosed, this);
        }
        if (at is IPEndPoint)
            socket.NoDelay = true;
        socket.Connect(at);
        return socket;
    }

    private void OpenTunnel(Stream stream, Uri proxy)
    {
        var target = string.Create(CultureInfo.InvariantCulture, $"{endpoint.Url.IdnHost}:{endpoint.Url.Port}");
        var credentials = endpoint.ProxyAuthorization is { } basic ? $"Proxy-Authorization: {basic}\r\n" : "";
        stream.Write(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n"));
        // A successful reply to CONNECT has no body, so this code must not wait for one.
        var head = new List<byte>();
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (stream.ReadByte() is not (>= 0 and var next) || head.Count > 32 << 10)
                throw new IOException($"The proxy {proxy.Authority} closed the connection.");
            head.Add((byte)next);
        }
        var status = Encoding.Latin1.GetString([.. head]).Split('\r')[0];
        if (!status.StartsWith("HTTP/1.", StringComparison.Ordinal) || status.Split(' ') is not [_, ['2', ..], ..])
            throw new IOException($"The proxy {proxy.Authority} replied '{status}' to CONNECT {target}.");
    }
}
