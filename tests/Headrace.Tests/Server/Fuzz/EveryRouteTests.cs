using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Headrace.Protocol.Json;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Tests.Server.Accounts;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Sends the same hostile requests to every route, as an admin, as a submitter and without a key. Routes that are added
/// later are therefore covered as well. No request may cause an internal error.
/// </summary>
public sealed partial class EveryRouteTests(AuthorizationMatrixTests.DemoScene scene)
    : IClassFixture<AuthorizationMatrixTests.DemoScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The routes that read a body.</summary>
    private List<RouteEndpoint> Routes =>
        [
            .. scene.Server.Server.Routes.Where(route =>
                route.Metadata.GetMetadata<RouteDescription>() is { Bodies.Count: > 0 }
            ),
        ];

    [Fact]
    public async Task Deep_huge_and_malformed_JSON_is_rejected_by_every_route_that_reads_a_body()
    {
        string[] bodies =
        [
            new string('[', 100_000),
            string.Concat(Enumerable.Repeat("{\"a\":", 50_000)),
            $"{{\"name\":\"{new string('a', 70_000)}\"}}",
            "{\"name\":\"\\ud800\"}",
            "{\"name\":1e999999}",
            "{\"name\":\"a\",\"name\":\"b\"}",
            "null",
            "[]",
            "\0",
            "{\"roles\":null,\"user\":null,\"password\":null,\"name\":null}",
        ];
        var clients = await ClientsAsync();
        foreach (var route in Routes)
            foreach (var client in clients)
                foreach (var body in bodies)
                {
                    using var request = new HttpRequestMessage(new HttpMethod(MethodOf(route)), PathOf(route))
                    {
                        Content = FrontScene.Json(body),
                    };
                    using var response = await client.SendAsync(request, Stop);
                    Assert.True(
                        (int)response.StatusCode is >= 400 and < 500 || IsLine(response),
                        $"{MethodOf(route)} {PathOf(route)} gave {(int)response.StatusCode} for "
                            + body[..Math.Min(40, body.Length)]
                    );
                }
    }

    [Fact]
    public async Task A_body_over_the_limit_of_the_account_routes_is_413_before_it_is_read()
    {
        var routes = Routes.Where(route => route.Metadata.GetMetadata<RouteDescription>()!.Tag == "accounts").ToList();
        Assert.InRange(routes.Count, 7, int.MaxValue);
        await scene.CreateUserAsync("1", "viewer");
        await scene.CreateKeyAsync(new CreateKeyRequest { Name = "1", Roles = ["viewer"] });
        foreach (var route in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(MethodOf(route)), PathOf(route))
            {
                Content = FrontScene.Json(new string(' ', JsonBody.MaxBytes + 1)),
            };
            using var response = await scene.Http.SendAsync(request, Stop);
            Assert.Equal((PathOf(route), HttpStatusCode.RequestEntityTooLarge), (PathOf(route), response.StatusCode));
        }
    }

    [Fact]
    public async Task A_client_that_sends_a_head_and_no_body_is_cut_off_by_every_route_and_delays_no_other()
    {
        var keys = new[] { scene.Server.Key, "" };
        var slow = Routes.SelectMany(route => keys.Select(key => ReplyToSilenceAsync(route, key))).ToList();
        Assert.InRange(slow.Count, 20, int.MaxValue);

        // While these requests wait, the server must answer the others.
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Http, "/v1/me"));

        foreach (var reply in slow)
        {
            var (route, status) = await reply;
            Assert.True(status is "" or ['4', ..], $"{route} gave {status}");
        }
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Http, "/v1/me"));
    }

    /// <summary>
    /// The status of the reply to a batch is 200, and the reply contains a separate problem for each line.
    /// </summary>
    private static bool IsLine(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK
        && response.RequestMessage!.RequestUri!.AbsolutePath == "/v1/jobs:batch";

    private async Task<List<HttpClient>> ClientsAsync() =>
        [scene.Http, await scene.KeyClientAsync("every-route", "submitter=eu"), scene.Server.Client("")];

    /// <summary>
    /// Sends the headers of a request that announces a body, but never sends the body. Returns the status of the reply,
    /// or an empty string if the server closed the connection without a reply.
    /// </summary>
    private async Task<(string Route, string Status)> ReplyToSilenceAsync(RouteEndpoint route, string key)
    {
        var name = $"{MethodOf(route)} {route.RoutePattern.RawText}";
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(scene.Server.Server.Ready.Socket), Stop);
        await using var stream = new NetworkStream(socket);
        var authorization = key.Length == 0 ? "" : $"Authorization: Bearer {key}\r\n";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"{MethodOf(route)} {PathOf(route)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + $"{authorization}Content-Length: 1000\r\n\r\n"
            ),
            Stop
        );
        using var reply = new MemoryStream();
        try
        {
            await stream.CopyToAsync(reply, Stop).WaitAsync(Eventually.WithProcesses, Stop);
        }
        catch (IOException)
        {
            // The server has reset the connection.
        }
        var text = Encoding.Latin1.GetString(reply.ToArray());
        return (name, text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? text[9..12] : "");
    }

    private static string MethodOf(RouteEndpoint route) =>
        route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];

    private static string PathOf(RouteEndpoint route) =>
        Parameter().Replace(route.RoutePattern.RawText!, 1.ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
