using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>
/// A server that handles one request per connection and replies with exactly the given bytes, including replies that no
/// web framework would send.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _over = new();
    private readonly byte[] _reply;
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;

    public RawServer(EndPoint at, byte[] reply, X509Certificate2? certificate = null)
    {
        (_reply, _certificate) = (reply, certificate);
        _listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(at);
        _listener.Listen();
        _serving = ServeAsync();
    }

    /// <summary>Listens on a free loopback port, using TLS if a certificate is given.</summary>
    public RawServer(byte[] reply, X509Certificate2? certificate = null)
        : this(new IPEndPoint(IPAddress.Loopback, 0), reply, certificate) { }

    public string Url => $"{(_certificate is null ? "http" : "https")}://{_listener.LocalEndPoint}";

    /// <summary>The header section of the last request.</summary>
    public string Head { get; private set; } = "";

    public byte[] Body { get; private set; } = [];

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _serving;
        _over.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptAsync(_over.Token);
                await using var stream = new NetworkStream(connection);
                await ServeAsync(stream);
            }
        }
        catch (Exception ended)
            when (_over.IsCancellationRequested
                && ended is OperationCanceledException or SocketException or ObjectDisposedException
            )
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(NetworkStream connection)
    {
        if (_certificate is null)
        {
            await ReadAsync(connection);
            await connection.WriteAsync(_reply, _over.Token);
            return;
        }
        await using var secured = new SslStream(connection, leaveInnerStreamOpen: true);
        try
        {
            await secured.AuthenticateAsServerAsync(_certificate);
            await ReadAsync(secured);
            await secured.WriteAsync(_reply, _over.Token);
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            // The client does not trust the certificate.
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!bytes.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await stream.ReadExactlyAsync(one, _over.Token);
            bytes.Add(one[0]);
        }
        Head = Encoding.ASCII.GetString([.. bytes]);
        var length = Head.Split("\r\n")
            .SingleOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            ?.Split(':')[1];
        Body = new byte[int.Parse(length ?? "0", System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(Body, _over.Token);
    }
}
