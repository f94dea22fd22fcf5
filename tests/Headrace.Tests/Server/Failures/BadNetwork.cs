using System.Net;
using System.Net.Sockets;

namespace Headrace.Tests.Server.Failures;

/// <summary>The faults that a simulated network can have.</summary>
public enum NetworkFault
{
    None,

    /// <summary>Drops all data in both directions; connections stay open.</summary>
    SplitBothWays,

    /// <summary>Drops the data sent to the server.</summary>
    SplitToServer,

    /// <summary>Drops the data that the server sends.</summary>
    SplitToClient,

    /// <summary>Flips one bit in the middle of each kilobyte sent to the server.</summary>
    FlipsBits,
}

/// <summary>A TCP proxy on the loopback interface that forwards all data to one server until a fault is set.</summary>
internal sealed class BadNetwork : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Uri _server;
    private readonly Task _accepting;

    public BadNetwork(string server)
    {
        _server = new Uri(server);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The current fault, which also applies to open connections. Dropped data is lost permanently.</summary>
    public NetworkFault Fault { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_over.Token)));
        }
        catch (OperationCanceledException)
        {
            // The proxy is stopping.
        }
        await Task.WhenAll(connections);
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_server.Host, _server.Port, _over.Token);
            await Task.WhenAny(
                PumpAsync(near.GetStream(), far.GetStream(), toServer: true),
                PumpAsync(far.GetStream(), near.GetStream(), toServer: false)
            );
        }
        catch (Exception broken) when (broken is SocketException or OperationCanceledException)
        {
            // The caller sees a broken connection, which is the intended effect.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool toServer)
    {
        var buffer = new byte[1024];
        try
        {
            // After a gap, the stream is unusable, so the proxy drops all further data until the connection ends.
            var torn = false;
            while (await from.ReadAsync(buffer, _over.Token) is > 0 and var read)
            {
                torn |=
                    Fault == NetworkFault.SplitBothWays
                    || Fault == (toServer ? NetworkFault.SplitToServer : NetworkFault.SplitToClient);
                if (torn && Fault == NetworkFault.None)
                    return;
                if (torn)
                    continue;
                if (Fault == NetworkFault.FlipsBits && toServer && read == buffer.Length)
                    buffer[read / 2] ^= 1;
                await to.WriteAsync(buffer.AsMemory(0, read), _over.Token);
            }
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has closed the connection.
        }
    }
}
