using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headrace.Protocol.Local;

/// <summary>
/// Represents the address of a server: <c>http://host:port</c>, <c>https://host/prefix</c> or
/// <c>unix:/path/to.sock</c>. Client, worker and CLI parse addresses and open connections only through this type.
/// </summary>
/// <param name="Url">The base URL of every request, with a trailing slash.</param>
/// <param name="Socket">The path of the Unix socket; null for TCP.</param>
internal sealed record ServerEndpoint(Uri Url, string? Socket)
{
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>The accepted forms of an address, for error messages.</summary>
    public const string Shape = $"an address such as {Default}, https://host/prefix or unix:/path/to.sock";

    private const string SocketScheme = "unix:";

    // A server on this machine accepts a connection within microseconds unless its backlog is full.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Parses an address. A path is a prefix that a reverse proxy removes. User names, query strings and fragments are
    /// rejected, because they would not be sent with requests.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ServerEndpoint? endpoint)
    {
        endpoint = null;
        if (text.StartsWith(SocketScheme, StringComparison.Ordinal))
        {
            var path = text[SocketScheme.Length..];
            // The host name is never resolved: requests are sent over the socket.
            if (Path.IsPathRooted(path))
                endpoint = new ServerEndpoint(new Uri("http://localhost/"), path);
        }
        else if (
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url is { UserInfo: "", Query: "", Fragment: "" }
        )
        {
            endpoint = new ServerEndpoint(new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), null);
        }
        return endpoint is not null;
    }

    /// <summary>
    /// Returns the endpoints of a server on this machine: first its Unix socket, which only this user can open, then
    /// its loopback URL.
    /// </summary>
    public static IEnumerable<ServerEndpoint> AllOf(RunningServer note)
    {
        if (TryParse(SocketScheme + note.Socket, out var socket))
            yield return socket;
        if (TryParse(note.Url, out var url))
            yield return url;
    }

    /// <summary>
    /// Returns true if this is one of the addresses of the server that wrote the running-server file.
    /// </summary>
    public bool Reaches(RunningServer note)
    {
        if (Socket is not null)
            return note.Socket == Socket;
        // localhost, 127.0.0.1 and [::1] all refer to this machine; the port identifies the server.
        return Uri.TryCreate(note.Url, UriKind.Absolute, out var noted)
            && Url.Port == noted.Port
            && (Url.IsLoopback ? noted.IsLoopback : Url.Host == noted.Host);
    }

    /// <summary>
    /// Gets the HTTP proxy that the environment specifies for this server; null if there is none. Connections to this
    /// machine bypass it: a proxy could not reach this machine, and using one would expose the bearer key.
    /// </summary>
    public Uri? Proxy =>
        UsesProxy && HttpClient.DefaultProxy.GetProxy(Url) is { Scheme: "http" } proxy ? proxy : null;

    /// <summary>Gets the value of the Proxy-Authorization header; null if the proxy needs none.</summary>
    public string? ProxyAuthorization =>
        Proxy is { } proxy && HttpClient.DefaultProxy.Credentials?.GetCredential(proxy, "Basic") is { } credential
            ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"))
            : null;

    private bool UsesProxy => Socket is null && !Url.IsLoopback;

    /// <summary>
    /// Returns whether something accepts connections at this endpoint on this machine. The connection is closed without
    /// a request.
    /// </summary>
    public bool Accepts()
    {
        try
        {
            EndPoint at = Socket is { } path
                ? new UnixDomainSocketEndPoint(path)
                : new IPEndPoint(
                    IPAddress.TryParse(Url.IdnHost, out var literal) ? literal : IPAddress.Loopback,
                    Url.Port
                );
            using var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            socket.Blocking = false;
            try
            {
                socket.Connect(at);
                return true;
            }
            catch (SocketException pending)
                when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                return socket.Poll(ProbeTimeout, SelectMode.SelectWrite)
                    && (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0;
            }
        }
        // A path that is too long for a socket causes an argument exception.
        catch (Exception refused) when (refused is SocketException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// Creates the handler for connections to this server. The handler follows no redirects, because the bearer key is
    /// sent in a header. Connections to this machine ignore the proxy set in the environment.
    /// </summary>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = UsesProxy,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        if (Socket is { } path)
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        return handler;
    }

    /// <summary>Returns the address in the form that <see cref="TryParse"/> accepts.</summary>
    public override string ToString() => Socket is null ? Url.ToString().TrimEnd('/') : SocketScheme + Socket;

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
