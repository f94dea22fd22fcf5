using System.Net;
using System.Net.Sockets;
using Headrace.Server.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class BoundedTransportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_above_the_limit_is_closed_before_the_next_one_is_accepted()
    {
        var options = Options.Create(new SocketTransportOptions());
        var transport = new BoundedTransport(
            new LocalSocketTransport(options, NullLoggerFactory.Instance),
            options,
            NullLoggerFactory.Instance,
            maxConnections: 2
        );
        await using var listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Stop);
        var clients = new List<TcpClient>();
        for (var i = 0; i < 5; i++)
            clients.Add(await ConnectAsync(listener.EndPoint));
        await using var first = await listener.AcceptAsync(Stop);
        await using var second = await listener.AcceptAsync(Stop);
        var third = listener.AcceptAsync(Stop).AsTask();

        // The three clients above the limit read the end of their streams.
        foreach (var refused in clients[2..])
            Assert.Equal(0, await refused.GetStream().ReadAsync(new byte[1], Stop));
        Assert.False(third.IsCompleted);

        clients[0].Dispose();
        await Eventually.SeesAsync(
            "a free place",
            async () =>
            {
                // A connection is either accepted or refused. If it is refused, its client reads the end of the stream.
                clients.Add(await ConnectAsync(listener.EndPoint));
                var end = clients[^1].GetStream().ReadAsync(new byte[1], Stop).AsTask();
                return await Task.WhenAny(third, end) == third ? third : null;
            }
        );
        await using var accepted = await third;
        Assert.NotNull(accepted);
        clients.ForEach(client => client.Dispose());
    }

    private static async Task<TcpClient> ConnectAsync(EndPoint endpoint)
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)endpoint, Stop);
        return client;
    }
}
