using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Tests that bodies use memory only as their bytes arrive. A client that announces a body but does not send it uses
/// none (R13).
/// </summary>
public sealed class BodyMemoryTests(BodyMemoryTests.DemoScene scene) : IClassFixture<BodyMemoryTests.DemoScene>
{
    /// <summary>
    /// Together, this many requests announce more bytes than any of the server's memory budgets allows.
    /// </summary>
    private const int Connections = 320;

    [Theory]
    [InlineData("POST /v1/jobs?method=noop", 1 << 20)]
    [InlineData("POST /v1/jobs", 2 << 20)]
    [InlineData("POST /v1/jobs:batch", 16 << 20)]
    [InlineData("PUT /enqueue?iterations=1", 256 << 10)]
    [InlineData("POST /v1/workers/w/exchange", 64 << 20)]
    public async Task Bodies_that_are_announced_and_not_sent_do_not_block_others_R13(string route, int length)
    {
        var connections = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                var connection = new TcpClient();
                connections.Add(connection);
                await connection.ConnectAsync(
                    "127.0.0.1",
                    scene.Http.BaseAddress!.Port,
                    TestContext.Current.CancellationToken
                );
                var head = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{route} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                );
                await connection
                    .GetStream()
                    .WriteAsync(
                        Encoding.ASCII.GetBytes(
                            $"{head}Content-Type: {TypeOf(route)}\r\nContent-Length: {length}\r\n\r\n{{"
                        ),
                        TestContext.Current.CancellationToken
                    );
            }

            // Each of these bodies is large enough to be counted against the memory budget.
            using var job = await scene.SendAsync(
                HttpMethod.Post,
                "/v1/jobs?method=noop",
                FrontScene.Bytes(new byte[1 << 20])
            );
            using var work = await scene.SendAsync(
                HttpMethod.Put,
                "/enqueue?iterations=1",
                FrontScene.Bytes(new byte[256 << 10])
            );
            Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (job.StatusCode, work.StatusCode));
            await scene.JoinAsync("beside");
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    /// <summary>Otherwise, anyone on the machine could prevent key holders from submitting.</summary>
    [Fact]
    public async Task Bodies_that_are_sent_without_a_key_have_a_budget_of_their_own_R13()
    {
        const int Length = 256 << 10;
        var connections = new List<TcpClient>();
        using var keyless = scene.Server.Client(key: "");
        try
        {
            // Each of these requests lacks its last byte, so the server holds the rest.
            var request = new byte[Length + 200];
            var head = $"PUT /enqueue?iterations=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Length}\r\n\r\n";
            var size = Encoding.ASCII.GetBytes(head, request) + Length - 1;
            await Eventually.SeesAsync(
                "the budget without a key to be exhausted",
                async () =>
                {
                    for (var i = 0; i < 40; i++)
                    {
                        var connection = new TcpClient();
                        connections.Add(connection);
                        await connection.ConnectAsync(
                            "127.0.0.1",
                            scene.Http.BaseAddress!.Port,
                            TestContext.Current.CancellationToken
                        );
                        await connection
                            .GetStream()
                            .WriteAsync(request.AsMemory(0, size), TestContext.Current.CancellationToken);
                    }
                    using var probe = await keyless.PutAsync(
                        "/enqueue?iterations=1",
                        FrontScene.Bytes(new byte[Length]),
                        TestContext.Current.CancellationToken
                    );
                    return probe.StatusCode == HttpStatusCode.ServiceUnavailable ? "exhausted" : null;
                }
            );

            using var job = await scene.SendAsync(
                HttpMethod.Post,
                "/v1/jobs?method=noop",
                FrontScene.Bytes(new byte[1 << 20])
            );
            Assert.Equal(HttpStatusCode.Accepted, job.StatusCode);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static string TypeOf(string route) =>
        route.EndsWith(":batch", StringComparison.Ordinal) ? "application/jsonl" : "application/json";

    public sealed class DemoScene : FrontScene
    {
        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                Demo = DemoSystems.Seed001,
            };
    }
}
