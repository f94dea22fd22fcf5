using System.Net;
using System.Net.Sockets;
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
    private readonly Task _serving;

    public RawServer(EndPoint at, byte[] reply)
    {
        _reply = reply;
        _listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(at);
        _listener.Listen();
        _serving = ServeAsync();
    }

    /// <summary>Listens on a free loopback port.</summary>
    public RawServer(byte[] reply)
        : this(new IPEndPoint(IPAddress.Loopback, 0), reply) { }

    public string Url => $"http://{_listener.LocalEndPoint}";

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
                await ReadAsync(stream);
                await stream.WriteAsync(_reply, _over.Token);
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

    private async Task ReadAsync(NetworkStream stream)
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
            .Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Split(':')[1];
        Body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(Body, _over.Token);
    }
}
