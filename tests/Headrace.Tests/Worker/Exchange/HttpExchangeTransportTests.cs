using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Tests.Support;
using Headrace.Worker.Exchange;
using Xunit;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Worker.Exchange;

public sealed class HttpExchangeTransportTests
{
    private static readonly ExchangeRequest Request = new()
    {
        Worker = "w1",
        Incarnation = 7,
        ExchangeNumber = 3,
    };

    private static readonly byte[] Reply = new Wire.ExchangeReply
    {
        ExchangeNumber = 3,
        Store = "s",
        Terminate = new string('x', 300),
    }.ToByteArray();

    private static byte[] Http(string status, string type, byte[] body) =>
        [
            .. Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n"
                    + "Connection: close\r\n\r\n"
            ),
            .. body,
        ];

    private static byte[] Problem(string status, string detail) =>
        Http(
            status,
            "application/problem+json",
            Encoding.UTF8.GetBytes($$"""{"type":"/problems/x","title":"X","status":400,"detail":"{{detail}}"}""")
        );

    private static async Task<ExchangeAnswer> ExchangeAsync(string address, string? key = null)
    {
        Assert.True(ServerEndpoint.TryParse(address, out var parsed));
        using var transport = new HttpExchangeTransport(parsed, key, "w1");
        return await ExchangeAsync(transport);
    }

    private static async Task<ExchangeAnswer> ExchangeAsync(HttpExchangeTransport transport)
    {
        var answered = new TaskCompletionSource<ExchangeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        transport.Send(Request, answered.SetResult);
        return await answered.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_message_is_sent_as_Protobuf_with_its_length_and_the_key()
    {
        await using var server = new RawServer(Http("200 OK", "application/x-protobuf", Reply));

        var answer = await ExchangeAsync(server.Url, "secret");

        Assert.Equal(3UL, answer.Reply!.ExchangeNumber);
        Assert.StartsWith("POST /v1/workers/w1/exchange HTTP/1.1\r\n", server.Head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/x-protobuf\r\n", server.Head, StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {server.Body.Length}\r\n", server.Head, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer secret\r\n", server.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", server.Head, StringComparison.Ordinal);
        Assert.Equal(
            new Wire.ExchangeRequest
            {
                Worker = "w1",
                Incarnation = 7,
                ExchangeNumber = 3,
            },
            Wire.ExchangeRequest.Parser.ParseFrom(server.Body)
        );
    }

    [Fact]
    public async Task A_chunked_reply_is_read_like_a_fixed_one()
    {
        var chunks = new List<byte>(
            Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
        );
        foreach (var chunk in Reply.Chunk(100))
            chunks.AddRange([.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]);
        chunks.AddRange("0\r\n\r\n"u8);
        await using var server = new RawServer([.. chunks]);

        var answer = await ExchangeAsync(server.Url);

        Assert.Equal(Reply, Copy.BytesOf(answer.Reply!));
    }

    [Fact]
    public async Task A_Unix_socket_is_an_address_like_any_other()
    {
        var path = Path.Combine(
            Path.GetTempPath(),
            $"hr-{Environment.ProcessId}-{TestContext.Current.Test!.UniqueID[..8]}.sock"
        );
        try
        {
            await using var server = new RawServer(
                new UnixDomainSocketEndPoint(path),
                Http("200 OK", "application/x-protobuf", Reply)
            );

            Assert.Equal(3UL, (await ExchangeAsync($"unix:{path}")).Reply!.ExchangeNumber);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task An_unreachable_server_is_reported_with_the_remedy()
    {
        string url;
        await using (var server = new RawServer([]))
            url = server.Url;

        var noReply = (await ExchangeAsync(url)).NoReply!;

        Assert.Equal(
            $"Cannot connect to a server at {url}: nothing is listening at that address. Start one with "
                + "`headrace up`, or set HEADRACE_SERVER to its address.",
            noReply.Message
        );
        Assert.False(noReply.IsPermanent || noReply.ServerReachable);
    }

    [Fact]
    public async Task A_prefix_is_added_before_the_path()
    {
        await using var server = new RawServer(Http("200 OK", "application/x-protobuf", Reply));

        await ExchangeAsync(server.Url + "/headrace");

        Assert.StartsWith("POST /headrace/v1/workers/w1/exchange HTTP/1.1\r\n", server.Head, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_does_not_accept_the_connection_is_reported_as_unreachable()
    {
        using var full = new FullListener();
        Assert.True(ServerEndpoint.TryParse(full.Url, out var endpoint));
        using var transport = new HttpExchangeTransport(endpoint, key: null, "w1");
        var answers = 0;

        var noReply = transport
            .Send(Request, _ => Interlocked.Increment(ref answers))
            .TimeOut(TimeSpan.FromSeconds(10));

        Assert.Equal(0, answers);
        Assert.Equal(
            $"Cannot connect to a server at {full.Url}: the connection attempt timed out. Start one with "
                + "`headrace up`, or set HEADRACE_SERVER to its address.",
            noReply.Message
        );
        Assert.False(noReply.IsPermanent || noReply.ServerReachable);
    }

    [Fact]
    public async Task A_missing_socket_is_reported_with_its_path()
    {
        var noReply = (await ExchangeAsync("unix:/nowhere/headrace.sock")).NoReply!;

        Assert.StartsWith(
            "Cannot connect to a server at unix:/nowhere/headrace.sock: ",
            noReply.Message,
            StringComparison.Ordinal
        );
        Assert.False(noReply.IsPermanent);
    }

    [Fact]
    public async Task A_broken_connection_is_a_transient_failure()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"u8.ToArray());

        var noReply = (await ExchangeAsync(server.Url)).NoReply!;

        Assert.Contains("was lost", noReply.Message, StringComparison.Ordinal);
        Assert.False(noReply.IsPermanent || noReply.ServerReachable);
    }

    [Fact]
    public async Task A_wrong_key_is_a_permanent_failure_that_names_the_setting()
    {
        await using var server = new RawServer(Problem("401 Unauthorized", "The API key is not valid."));

        var noReply = (await ExchangeAsync(server.Url, "wrong")).NoReply!;

        Assert.Contains("The API key is not valid. Set HEADRACE_KEY", noReply.Message, StringComparison.Ordinal);
        Assert.True(noReply.IsPermanent);
    }

    [Fact]
    public async Task A_server_that_is_starting_or_stopping_is_a_transient_failure()
    {
        await using var server = new RawServer(Problem("503 Service Unavailable", "The server is loading its store."));

        var noReply = (await ExchangeAsync(server.Url)).NoReply!;

        Assert.Contains("The server is loading its store.", noReply.Message, StringComparison.Ordinal);
        Assert.True(noReply is { ServerReachable: true, IsPermanent: false });
    }

    [Theory]
    [InlineData("404 Not Found", "text/html")]
    [InlineData("200 OK", "text/html")]
    [InlineData("200 OK", "application/x-protobuf")]
    public async Task A_different_program_at_the_address_is_reported_as_such(string status, string type)
    {
        await using var server = new RawServer(Http(status, type, "<html>hello</html>"u8.ToArray()));

        var noReply = (await ExchangeAsync(server.Url)).NoReply!;

        Assert.Contains(
            $"The server at {server.Url} is not a Headrace server",
            noReply.Message,
            StringComparison.Ordinal
        );
        Assert.True(noReply.IsPermanent);
    }
}
