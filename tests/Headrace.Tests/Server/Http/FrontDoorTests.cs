using System.Net;
using System.Text.RegularExpressions;
using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Server.Hosting;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>Tests the rules that apply to every route: Host, Origin, HEAD requests, and reply headers.</summary>
public sealed partial class FrontDoorTests(FrontDoorTests.DemoScene scene) : IClassFixture<FrontDoorTests.DemoScene>
{
    public static TheoryData<string, string> EveryRoute =>
        new()
        {
            { "GET", "/" },
            { "GET", "/healthz" },
            { "GET", "/readyz" },
            { "GET", "/openapi.json" },
            { "GET", "/docs/api" },
            { "GET", "/problems" },
            { "GET", "/problems/internal" },
            { "GET", "/v1/jobs" },
            { "GET", "/v1/queues" },
            { "GET", "/v1/methods" },
            { "GET", "/v1/workers" },
            { "GET", "/v1/pools" },
            { "GET", "/nosuch" },
            { "POST", "/healthz" },
            { "POST", "/pullCompleted?top=1" },
            { "PUT", "/enqueue?iterations=1" },
            { "POST", "/v1/jobs" },
            { "POST", "/v1/jobs:batch" },
            { "POST", "/v1/workers/w/exchange" },
            { "DELETE", "/v1/jobs/1" },
        };

    [Theory]
    [MemberData(nameof(EveryRoute))]
    public async Task A_host_that_is_not_this_machine_is_rejected_before_the_key_is_checked(string method, string path)
    {
        using var keyless = scene.Server.Client(key: "");
        string[] hosts = ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"];
        foreach (var (client, host) in hosts.SelectMany(host => new[] { (scene.Http, host), (keyless, host) }))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { Host = host } };
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            await FrontScene.AssertRefusedAsync(
                response,
                421,
                "misdirected-request",
                $"The Host header is '{host}'. Use localhost, 127.0.0.1 or [::1] as the host, or add the host name to "
                    + "the host_names setting. A proxy in front of the server can set the header instead."
            );
        }
    }

    [Theory]
    [MemberData(nameof(EveryRoute))]
    public async Task A_page_of_another_origin_is_rejected_before_the_key_is_checked(string method, string path)
    {
        using var keyless = scene.Server.Client(key: "");
        string[] origins = ["http://evil.example", "null", "http://localhost:1", "file://", "junk", ""];
        foreach (var (client, origin) in origins.SelectMany(page => new[] { (scene.Http, page), (keyless, page) }))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            Assert.True(request.Headers.TryAddWithoutValidation("Origin", origin));
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Contains("foreign-origin", await FrontScene.TextAsync(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("LOCALHOST:PORT", null)]
    [InlineData("127.0.0.1:PORT", "http://127.0.0.1:PORT")]
    [InlineData("localhost:PORT", "http://localhost:PORT")]
    [InlineData("localhost:PORT", "https://127.0.0.1:PORT")]
    [InlineData("[::1]:PORT", "http://[::1]:PORT")]
    [InlineData("localhost:9000", "http://localhost:9000")]
    [InlineData("queue.example", null)]
    [InlineData("Queue.Example:8443", "https://queue.example:8443")]
    [InlineData("queue.example", "https://queue.example")]
    [InlineData("10.9.8.7:PORT", null)]
    [InlineData("[2001:db8::1]:PORT", null)]
    public async Task The_names_of_this_machine_and_the_configured_ones_are_accepted_and_pages_of_the_server_itself(
        string host,
        string? origin
    )
    {
        var port = $"{scene.Http.BaseAddress!.Port}";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs");
        request.Headers.Host = host.Replace("PORT", port, StringComparison.Ordinal);
        if (origin is not null)
            request.Headers.Add("Origin", origin.Replace("PORT", port, StringComparison.Ordinal));

        using var response = await scene.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_client_of_the_Unix_socket_may_send_any_host()
    {
        using var client = scene.Server.SocketClient();
        using var response = await client.GetAsync("/v1/jobs", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>
    /// The server supplies the list of routes, so that routes added later are tested as well. Most of the requests are
    /// incomplete, and the responses that reject them must also have the header.
    /// </summary>
    [Fact]
    public async Task No_reply_of_any_route_may_be_interpreted_as_another_type()
    {
        using var keyless = scene.Server.Client(key: "");
        (string Method, string Path)[] requests =
        [
            .. scene.Server.Server.Routes.Select(route =>
                (
                    route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0],
                    Parameter().Replace(route.RoutePattern.RawText!, "1")
                )
            ),
            ("GET", "/nosuch"),
            ("POST", "/healthz"),
            ("HEAD", "/v1/jobs"),
            ("GET", "/v1/jobs?limit=x"),
            ("PUT", "/enqueue?iterations=1"),
            ("POST", "/pullCompleted?top=1"),
        ];
        Assert.InRange(requests.Length, 70, int.MaxValue);
        foreach (var (method, path) in requests)
            foreach (var client in (HttpClient[])[scene.Http, keyless])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                // An event stream does not end on its own.
                using var response = await client.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    TestContext.Current.CancellationToken
                );
                Assert.True(
                    response.Headers.TryGetValues("X-Content-Type-Options", out var values)
                        && values.SequenceEqual(["nosniff"]),
                    $"{method} {path}: {(int)response.StatusCode}"
                );
            }
    }

    [Theory]
    [InlineData("junk")]
    [InlineData("100-continue, junk")]
    [InlineData("junk=1;a=b")]
    [InlineData("200-ok")]
    public async Task An_expectation_that_the_server_cannot_meet_is_rejected_on_every_route(string expectation)
    {
        string[] paths = ["GET /healthz", "POST /v1/jobs?method=noop", "PUT /enqueue?iterations=1", "GET /nosuch"];
        foreach (var path in paths)
        {
            var reply = await RawRequests.SendAsync(
                scene,
                $"{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                    + $"Expect: {expectation}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );

            Assert.StartsWith("HTTP/1.1 417", reply, StringComparison.Ordinal);
            Assert.Contains("/problems/expectation-failed", reply, StringComparison.Ordinal);
            Assert.Contains("100-continue", reply, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("100-continue")]
    [InlineData("100-Continue")]
    [InlineData("")]
    public async Task A_body_that_the_client_sends_on_request_is_accepted(string expectation)
    {
        var reply = await RawRequests.SendAsync(
            scene,
            $"POST /v1/jobs?method=noop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                + $"Expect: {expectation}\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"
        );

        Assert.Contains("HTTP/1.1 202", reply, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 417", reply, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryRoute))]
    public async Task HEAD_is_answered_like_GET_without_the_body(string method, string path)
    {
        if (method != "GET")
            return;
        using var keyless = scene.Server.Client(key: "");
        foreach (var client in (HttpClient[])[scene.Http, keyless])
        {
            using var get = await client.GetAsync(path, TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(get.StatusCode, head.StatusCode);
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal("", await FrontScene.TextAsync(head));
        }
    }

    [Fact]
    public async Task HEAD_of_a_result_has_its_length_and_a_range_is_supported()
    {
        var worker = await scene.JoinAsync("head");
        var id = await scene.SubmitAsync("""{"method":"head"}""");
        await worker.SucceedAsync(await worker.ClaimAsync(), "0123456789");

        using var whole = await scene.SendAsync(HttpMethod.Head, $"/v1/jobs/{id}/result");
        using var part = await scene.SendAsync(HttpMethod.Head, $"/v1/jobs/{id}/result", null, ("Range", "bytes=2-3"));

        Assert.Equal((HttpStatusCode.OK, 10L), (whole.StatusCode, whole.Content.Headers.ContentLength));
        Assert.Equal((HttpStatusCode.PartialContent, 2L), (part.StatusCode, part.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task A_wrong_method_is_answered_with_all_methods_that_are_supported()
    {
        using var response = await scene.SendAsync(HttpMethod.Put, "/v1/methods");

        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("deflate, chunked")]
    [InlineData("chunked, chunked")]
    public async Task A_body_that_is_compressed_for_its_transfer_is_rejected(string encoding)
    {
        foreach (var path in (string[])["/v1/jobs?method=noop", "/v1/jobs:batch", "/enqueue?iterations=1"])
        {
            var reply = await RawRequests.SendAsync(
                scene,
                $"{(path.StartsWith("/enq", StringComparison.Ordinal) ? "PUT" : "POST")} {path} HTTP/1.1\r\n"
                    + $"Host: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                    + "Content-Type: application/jsonl\r\n"
                    + $"Transfer-Encoding: {encoding}\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            );

            Assert.StartsWith("HTTP/1.1 4", reply, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFF\r\nab\r\n")]
    [InlineData("-1\r\nab\r\n")]
    [InlineData("xyz\r\nab\r\n")]
    [InlineData("2\r\nabc\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}\r\n0\r\nX: \u00ff\r\n\r\n")]
    [InlineData("2\r\n{}\r\n0\r\nX: \0\r\n\r\n")]
    public async Task A_chunk_that_is_not_valid_is_answered_with_400_and_one_short_line_in_the_log(string chunks)
    {
        foreach (var (path, type) in ChunkedRoutes)
        {
            var before = scene.Faults.Count;

            Assert.StartsWith(
                "HTTP/1.1 400",
                await RawRequests.SendAsync(scene, Chunked(path, type, chunks)),
                StringComparison.Ordinal
            );

            var lines = scene.Faults.Skip(before).ToList();
            // A worker message must have a Content-Length, so it is rejected before its body is read.
            if (path.EndsWith("/exchange", StringComparison.Ordinal))
            {
                Assert.Empty(lines);
                continue;
            }
            var line = Assert.Single(lines);
            Assert.StartsWith(
                $"Information: {path.Split('?')[0]} has a malformed body: ",
                line,
                StringComparison.Ordinal
            );
            Assert.InRange(line.Length, 1, 300);
        }
    }

    [Theory]
    [InlineData("FFFFFFFF\r\nab\r\n")]
    [InlineData("7FFFFFFF\r\nab\r\n")]
    [InlineData("7FFFFFFFFFFFFFFF\r\nab\r\n")]
    [InlineData("2;ext=\u0001\r\nab\r\n0\r\n\r\n")]
    [InlineData("2\r\nab")]
    public async Task A_client_that_leaves_in_the_middle_of_a_chunk_causes_no_internal_error(string chunks)
    {
        foreach (var (path, type) in ChunkedRoutes)
            Assert.DoesNotContain(
                "HTTP/1.1 5",
                await RawRequests.SendAsync(scene, Chunked(path, type, chunks), endsInput: true),
                StringComparison.Ordinal
            );
    }

    private static readonly (string Path, string Type)[] ChunkedRoutes =
    [
        ("POST /v1/jobs", "application/json"),
        ("POST /v1/jobs?method=noop", "text/plain"),
        ("POST /v1/jobs:batch", "application/jsonl"),
        ("POST /v1/jobs:batch", "application/x-protobuf"),
        ("PUT /enqueue?iterations=1", "text/plain"),
        ("POST /v1/workers/w/exchange", "application/json"),
    ];

    private string Chunked(string path, string type, string chunks) =>
        $"{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
        + $"Content-Type: {type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunks}";

    [Fact]
    public async Task Without_a_key_the_readiness_check_names_no_worker_and_no_process()
    {
        using var keyless = scene.Server.Client(key: "");
        var text = await keyless.GetStringAsync("/readyz", TestContext.Current.CancellationToken);

        Assert.DoesNotContain("processId", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"slots\":[]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_the_reason_why_the_server_is_not_ready_names_no_path()
    {
        var data = scene.Server.Server.Ready.Data;
        scene.Server.Server.Mailbox.NoRoom = new StorageGate(data, 1_024).Message(default);
        try
        {
            using var keyless = scene.Server.Client(key: "");
            using var hidden = await keyless.GetAsync("/readyz", TestContext.Current.CancellationToken);
            using var shown = await scene.GetAsync("/readyz");

            Assert.Contains(
                "The disk that contains the data folder has only 0.0 MB free.",
                await FrontScene.TextAsync(hidden),
                StringComparison.Ordinal
            );
            Assert.Contains($"'{data}'", await FrontScene.TextAsync(shown), StringComparison.Ordinal);
        }
        finally
        {
            scene.Server.Server.Mailbox.NoRoom = null;
        }
    }

    [Fact]
    public async Task Without_a_key_a_rejection_names_no_path_and_with_one_it_does()
    {
        var data = scene.Server.Server.Ready.Data;
        await scene.Server.SendAsync(new Command.DiskSpaceChanged(true, new StorageGate(data, 1_024).Message(default)));
        try
        {
            using var keyless = scene.Server.Client(key: "");
            using var hidden = await EnqueueAsync(keyless);
            using var shown = await EnqueueAsync(scene.Http);

            Assert.Equal(HttpStatusCode.ServiceUnavailable, hidden.StatusCode);
            var text = await FrontScene.TextAsync(hidden);
            Assert.Contains(
                "The disk that contains the data folder has only 0.0 MB free.",
                text,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain(data, text, StringComparison.Ordinal);
            Assert.Contains($"'{data}'", await FrontScene.TextAsync(shown), StringComparison.Ordinal);
        }
        finally
        {
            await scene.Server.SendAsync(new Command.DiskSpaceChanged(false, ""));
        }
    }

    private static Task<HttpResponseMessage> EnqueueAsync(HttpClient client) =>
        client.PutAsync(
            "/enqueue?iterations=1",
            FrontScene.Bytes(new byte[16 << 10]),
            TestContext.Current.CancellationToken
        );

    public sealed class DemoScene : FrontScene
    {
        private readonly LinesOfLog _log = new();

        /// <summary>
        /// The server's log entries about malformed requests and about errors. A server process does not log the errors
        /// of Kestrel, which begin with the connection id.
        /// </summary>
        internal IReadOnlyList<string> Faults =>
            [
                .. _log.Lines.Where(line =>
                    line.Contains("malformed", StringComparison.Ordinal)
                    || (
                        line.StartsWith("Error:", StringComparison.Ordinal)
                        && !line.StartsWith("Error: Connection id", StringComparison.Ordinal)
                    )
                    || line.StartsWith("Critical:", StringComparison.Ordinal)
                ),
            ];

        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                Demo = DemoSystems.Seed001,
                HostNames = ["queue.example", "10.9.8.7", "2001:db8::1"],
            };

        private protected override ServerDependencies Parts(ServerDependencies parts) =>
            parts with
            {
                Logging = _log.To,
            };
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
