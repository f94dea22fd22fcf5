using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Tests.Server.Accounts;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Tests that no route that reads a body ignores the Content-Digest header. The server supplies the list of routes, so
/// that routes added later are tested as well.
/// </summary>
public sealed partial class ContentDigestTests(AuthorizationMatrixTests.DemoScene scene)
    : IClassFixture<AuthorizationMatrixTests.DemoScene>
{
    private static readonly string Enqueued = new('x', 16 << 10);

    [Fact]
    public async Task A_digest_that_does_not_match_or_cannot_be_checked_is_rejected_by_every_route_that_reads_a_body()
    {
        // Some routes look for the user, the key or the feed before they read the body.
        await scene.CreateUserAsync("1", "viewer");
        await scene.CreateKeyAsync(new CreateKeyRequest { Name = "1", Roles = ["viewer"] });
        using var feed = await scene.SendAsync(
            HttpMethod.Put,
            "/v1/feeds/1",
            FrontScene.Json("""{"queue":"default"}""")
        );
        Assert.Equal(HttpStatusCode.Created, feed.StatusCode);
        var faults = new List<string>();
        var routes = scene
            .Server.Server.Routes.Where(route =>
                route.Metadata.GetMetadata<RouteDescription>() is { Bodies.Count: > 0 }
            )
            .ToList();
        Assert.InRange(routes.Count, 20, int.MaxValue);
        foreach (var route in routes)
            foreach (var digest in (string[])["sha-256=:AAAA:", "junk", "md5=:AAAA:"])
            {
                var (method, path) = (MethodOf(route), PathOf(route));
                using var response = await scene.SendAsync(
                    new HttpMethod(method),
                    path,
                    BodyOf(path),
                    (ContentDigest.Header, digest)
                );
                var text = await FrontScene.TextAsync(response);
                // A demo system's route first looks up its problem, which requires a worker.
                if (
                    response.StatusCode == HttpStatusCode.NotFound
                    && path.StartsWith("/benchop/", StringComparison.Ordinal)
                )
                    continue;
                if (
                    response.StatusCode != HttpStatusCode.BadRequest
                    || !text.Contains("digest", StringComparison.OrdinalIgnoreCase)
                )
                    faults.Add($"{method} {path} with {digest}: {text}");
            }
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("/v1/jobs", """{"method":"noop","queue":"digested"}""")]
    [InlineData("/v1/jobs?method=noop&queue=digested", "body")]
    [InlineData("/enqueue?iterations=1", "")]
    public async Task A_digest_that_matches_is_accepted_and_a_changed_body_submits_nothing(string path, string body)
    {
        var method = IsEnqueue(path) ? HttpMethod.Put : HttpMethod.Post;
        body = IsEnqueue(path) ? Enqueued : body;
        var queue = IsEnqueue(path) ? "seed001" : "digested";
        var digest = ContentDigest.Of(Encoding.UTF8.GetBytes(body));
        var before = await CountAsync(queue);

        using var changed = await scene.SendAsync(
            method,
            path,
            Content(path, body + " "),
            (ContentDigest.Header, digest)
        );
        var between = await CountAsync(queue);
        using var intact = await scene.SendAsync(method, path, Content(path, body), (ContentDigest.Header, digest));

        Assert.Equal((HttpStatusCode.BadRequest, before), (changed.StatusCode, between));
        Assert.True(intact.IsSuccessStatusCode, await FrontScene.TextAsync(intact));
        Assert.Equal(before + 1, await CountAsync(queue));
    }

    [Fact]
    public async Task A_message_of_a_worker_with_a_wrong_digest_joins_no_worker()
    {
        const string Path = "/v1/workers/digested/exchange";
        const string Message = """{"worker":"digested","incarnation":"5","exchangeNumber":"1","slots":1}""";
        var digest = ContentDigest.Of(Encoding.UTF8.GetBytes(Message));

        using var changed = await scene.PostAsync(
            Path,
            FrontScene.Json(Message.Replace("slots\":1", "slots\":2", StringComparison.Ordinal)),
            (ContentDigest.Header, digest)
        );
        using var listed = await scene.GetAsync("/v1/workers");
        using var intact = await scene.PostAsync(Path, FrontScene.Json(Message), (ContentDigest.Header, digest));

        Assert.Equal(HttpStatusCode.BadRequest, changed.StatusCode);
        Assert.DoesNotContain("\"digested\"", await FrontScene.TextAsync(listed), StringComparison.Ordinal);
        Assert.True(intact.IsSuccessStatusCode, await FrontScene.TextAsync(intact));
    }

    private async Task<int> CountAsync(string queue)
    {
        using var response = await scene.GetAsync($"/v1/jobs?q=queue:{queue}&limit=1000");
        return Id().Count(await FrontScene.TextAsync(response));
    }

    private static HttpContent BodyOf(string path) => Content(path, IsEnqueue(path) ? Enqueued : "{}");

    private static HttpContent Content(string path, string body) =>
        IsBatch(path) || IsEnqueue(path) || path.Contains("method=", StringComparison.Ordinal)
            ? FrontScene.Bytes(Encoding.UTF8.GetBytes(body), IsBatch(path) ? "application/jsonl" : "text/plain")
            : FrontScene.Json(body);

    private static bool IsBatch(string path) => path == "/v1/jobs:batch";

    private static bool IsEnqueue(string path) => path.StartsWith("/enqueue", StringComparison.Ordinal);

    private static string MethodOf(RouteEndpoint route) =>
        route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];

    private static string PathOf(RouteEndpoint route)
    {
        var path = Parameter().Replace(route.RoutePattern.RawText!, "1");
        return IsEnqueue(path) ? "/enqueue?iterations=1" : path;
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"id\":")]
    private static partial Regex Id();
}
