using System.Net;
using Headrace.Protocol.Json;
using Headrace.Tests.Server.Accounts;
using Headrace.Tests.Server.Webhooks;
using Xunit;

namespace Headrace.Tests.Server.Feeds;

/// <summary>
/// The feeds of webhooks and bridges. If anyone else took or skipped jobs in such a feed, these jobs would never reach
/// the receiver.
/// </summary>
public sealed class OwnedFeedTests(WebhookScene scene) : IClassFixture<WebhookScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Calls()
    {
        var calls = new TheoryData<string, string, string>();
        foreach (var kind in (string[])["webhook", "bridge"])
            foreach (var role in (string[])["viewer", "operator", "admin"])
                foreach (var action in (string[])["pull", "ack", "release"])
                    calls.Add(kind, role, action);
        return calls;
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Nobody_but_its_owner_consumes_such_a_feed(string kind, string role, string action)
    {
        var name = await CreateAsync(kind);
        using var client = await scene.KeyClientAsync($"{name}-{role}", role);
        var feed = $"{kind}.{name}";

        using var response = await client.PostAsync(
            $"/v1/feeds/{feed}:{action}",
            FrontScene.Json(
                action == "pull" ? "" : $$"""{"deliveries":["{{feed}}:1:1"]}"""
            ),
            Stop
        );

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            $"The feed '{feed}' is reserved for the {kind} '{name}', which is its only consumer. Create another feed "
                + "for the same queue: PUT /v1/feeds/NAME."
        );
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("bridge")]
    public async Task An_operator_moves_such_a_feed_back_but_skips_nothing(string kind)
    {
        var name = await CreateAsync(kind);
        using (await scene.SendAsync(HttpMethod.Post, $"/v1/{kind}s/{name}:pause")) { }
        await scene.EndJobsAsync(name, 2);
        using var client = await scene.KeyClientAsync($"{name}-operator", "operator");

        foreach (var to in (string[])["now", "1000000"])
        {
            using var skipped = await SeekAsync(to);
            Assert.Equal(HttpStatusCode.BadRequest, skipped.StatusCode);
            Assert.Contains("would skip jobs", await FrontScene.TextAsync(skipped), StringComparison.Ordinal);
        }
        using var moved = await SeekAsync("first");
        var feed = await FrontScene.ReadAsync(moved, HttpStatusCode.OK, HeadraceJson.Default.FeedReply);
        Assert.Equal(2, feed.Lag);

        Task<HttpResponseMessage> SeekAsync(string to) =>
            client.PostAsync($"/v1/feeds/{kind}.{name}:seek", FrontScene.Json($$"""{"to":"{{to}}"}"""), Stop);
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("bridge")]
    public async Task The_state_of_such_a_feed_can_be_read(string kind)
    {
        var name = await CreateAsync(kind);
        using var viewer = await scene.KeyClientAsync($"{name}-reader", "viewer");

        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(viewer, $"/v1/feeds/{kind}.{name}"));
    }

    /// <summary>Creates a webhook or a bridge. Neither can reach its receiver.</summary>
    private async Task<string> CreateAsync(string kind)
    {
        var name = scene.NewName();
        if (kind == "webhook")
        {
            await scene.CreateAsync(name, "https://127.0.0.1:1/");
            return name;
        }
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            $"/v1/bridges/{name}",
            FrontScene.Json($$"""{"address":"redis://127.0.0.1:1","to":"out","queue":"{{name}}"}""")
        );
        Assert.True(response.StatusCode == HttpStatusCode.Created, await FrontScene.TextAsync(response));
        return name;
    }
}
