using System.Net;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ClosedDoorTests
{
    [Fact]
    public async Task A_closed_shard_returns_503_with_a_retry_time_and_rejects_each_line_of_a_batch()
    {
        var scene = new FrontScene();
        await scene.InitializeAsync();
        await using var stop = scene;
        ((ShardMailbox)scene.Server.Server.Mailbox).Close("The server is stopping.");

        using var single = await scene.SendAsync(HttpMethod.Post, "/v1/jobs", FrontScene.Json("""{"method":"noop"}"""));
        using var look = await scene.GetAsync("/v1/jobs/1");
        using var batch = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes("{\"method\":\"noop\"}\nx"u8.ToArray(), "application/jsonl")
        );

        await FrontScene.AssertRefusedAsync(single, 503, "unavailable", "The server is stopping.");
        await FrontScene.AssertRefusedAsync(look, 503, "unavailable", "The server is stopping.");
        Assert.Equal(TimeSpan.FromSeconds(1), single.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, batch.StatusCode);
        var lines = (await FrontScene.TextAsync(batch)).Split('\n');
        Assert.Contains("\"type\":\"/problems/unavailable\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"type\":\"/problems/bad-request\"", lines[1], StringComparison.Ordinal);
    }
}
