using System.Net.Sockets;
using Headrace.Server.Hosting;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests a server process that lacks a resource: file descriptors or its data folder.</summary>
[Trait("Needs", "Servers")]
public sealed class ServerResourcesTests
{
    /// <summary>A server without workers needs 352 descriptors.</summary>
    private const int Descriptors = 400;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_beyond_the_limit_of_descriptors_are_closed_and_the_server_goes_on()
    {
        using var server = new UpShell($"ulimit -n {Descriptors};");
        var (port, socket) = await server.ReadyAsync();
        var limit = ConnectionLimit.PerEndpoint(Descriptors, maxWorkers: 0, endpoints: 2)!.Value;
        var held = new List<TcpClient>();
        try
        {
            // Twice the number of files that the server may open.
            for (var i = 0; i < 2 * Descriptors; i++)
                if (await TryConnectAsync(port) is { } served)
                    held.Add(served);

            Assert.InRange(held.Count, 1, limit);
            // The socket has its own limit, so local commands are still served.
            using var local = ServerScene.OverSocket(socket);
            Assert.Equal("alive\n", await local.GetStringAsync("/healthz", Stop));
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
        }

        await Eventually.SeesAsync(
            "the port to accept connections again",
            async () =>
            {
                using var served = await TryConnectAsync(port);
                return served is null ? null : "served";
            }
        );
        var end = await server.StopAsync();
        Assert.True(end.Code == 0, $"{end.Code}: {end.Error}");
    }

    [Fact]
    public async Task A_server_whose_data_folder_is_deleted_exits_with_1_and_the_reason()
    {
        using var server = new UpShell();
        await server.ReadyAsync();

        Directory.Delete(server.Data, recursive: true);

        var end = await server.EndAsync();
        Assert.True(end.Code == 1, $"{end.Code}: {end.Error}");
        Assert.Matches($"headrace: .*{server.Data}.* was deleted", end.Error);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    /// <summary>Sends a request on a new connection. Returns null if the server closes it without a reply.</summary>
    private static async Task<TcpClient?> TryConnectAsync(int port)
    {
        var connection = new TcpClient();
        try
        {
            await connection.ConnectAsync("127.0.0.1", port, Stop);
            var stream = connection.GetStream();
            await stream.WriteAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Stop);
            if (await Eventually.EndsAsync("a reply", stream.ReadAsync(new byte[1_000], Stop).AsTask()) > 0)
                return connection;
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            // The server has reset the connection.
        }
        connection.Dispose();
        return null;
    }
}
