using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>
/// A webhook receiver on the loopback interface. It reads plain HTTP itself, so that a test can also answer in ways
/// that an HTTP server does not permit.
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
    private readonly X509Certificate2? _certificate;
    private readonly Task _run;

    /// <param name="certificate">The certificate with which the receiver uses TLS; null for plain HTTP.</param>
    public Receiver(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _run = AcceptAsync();
    }

    public int Port { get; }

    public string Url =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}/hook?key=k1"
        );

    /// <summary>Gets or sets the function that returns the reply to a request.</summary>
    public Func<Received, string> Answer { get; set; } = _ => Reply(204);

    /// <summary>
    /// Gets or sets the function that answers in place of <see cref="Answer"/> and returns whether the connection stays
    /// open. It receives the connection without TLS.
    /// </summary>
    public Func<Received, NetworkStream, CancellationToken, Task<bool>>? Behave { get; set; }

    public static string Reply(int status, string body = "", params string[] headers) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} X\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
                + $"{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}"
        );

    /// <summary>Waits for the next request.</summary>
    public Task<Received> NextAsync() =>
        Eventually.EndsAsync("a message to the receiver", _received.Reader.ReadAsync(_stop.Token).AsTask());

    /// <summary>Gets the next request if it has already arrived; otherwise, gets null.</summary>
    public Received? Waiting => _received.Reader.TryRead(out var received) ? received : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _run;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception end)
            when (end is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var network = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await using var tls = _certificate is null ? null : new SslStream(network, leaveInnerStreamOpen: true);
            if (tls is not null)
                await tls.AuthenticateAsServerAsync(_certificate!);
            var stream = (Stream?)tls ?? network;
            while (await ReadAsync(stream) is { } received)
            {
                _received.Writer.TryWrite(received);
                if (Behave is { } behave)
                {
                    if (!await behave(received, network, _stop.Token))
                        return;
                }
                else
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer(received)), _stop.Token);
                }
            }
        }
        catch (Exception end) when (end is IOException or AuthenticationException or OperationCanceledException)
        {
            // The server has closed the connection or does not trust the certificate, or the test has ended.
        }
    }

    private async Task<Received?> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }
        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]);
        var body = new byte[int.Parse(headers["content-length"], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new Received(lines[0], headers, body);
    }
}
