using System.Net;
using Headrace.Client;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Bridges;
using Headrace.Tests.Server;
using Headrace.Tests.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>Tests the routes of bridges. None of these bridges can reach a broker.</summary>
public sealed class BridgeRoutesTests(MetricsScene scene) : IClassFixture<MetricsScene>
{
    private static int _names;

    private readonly string _name = $"routes-{Interlocked.Increment(ref _names)}";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private HeadraceClient Client() => new(scene.Server.Server.Ready.Url, scene.Server.Key);

    [Fact]
    public async Task A_bridge_is_created_shown_paused_resumed_and_removed_and_the_audit_log_says_so()
    {
        using var client = Client();
        using (
            var created = await PutAsync("""{"address":"redis://127.0.0.1:1","from":"in","to":"out","method":"noop"}""")
        )
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var bridge = await client.Bridges.GetAsync(_name, Cancelled);
        Assert.Equal(
            ("redis://127.0.0.1:1", "in", "in.dead", "out", "default", "noop", "body", "envelope", 1_000),
            (
                bridge.Address,
                bridge.From,
                bridge.DeadLetter,
                bridge.To,
                bridge.Queue,
                bridge.Method,
                bridge.Messages,
                bridge.Results,
                bridge.InFlight
            )
        );
        Assert.Contains(_name, (await client.Bridges.ListAsync(Cancelled)).Select(listed => listed.Name));
        Assert.Equal("default", (await client.Feeds.GetAsync($"bridge.{_name}", Cancelled)).Queue);

        Assert.Equal("paused", (await client.Bridges.PauseAsync(_name, Cancelled)).State);
        var paused = await client.Bridges.PauseAsync(_name, Cancelled);
        Assert.NotEqual("paused", (await client.Bridges.ResumeAsync(_name, Cancelled)).State);
        using (var replaced = await PutAsync("""{"address":"redis://127.0.0.1:1","to":"out","queue":"eu"}"""))
            Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        Assert.Equal("eu", (await client.Feeds.GetAsync($"bridge.{_name}", Cancelled)).Queue);
        Assert.True((await client.Bridges.GetAsync(_name, Cancelled)).Version > paused.Version);

        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);
        using var gone = await scene.GetAsync($"/v1/bridges/{_name}");
        await FrontScene.AssertRefusedAsync(
            gone,
            404,
            "not-found",
            $"There is no bridge '{_name}'. GET /v1/bridges lists the bridges."
        );
        using var feed = await scene.GetAsync($"/v1/feeds/bridge.{_name}");
        Assert.Equal(HttpStatusCode.NotFound, feed.StatusCode);
        using var response = await scene.GetAsync("/v1/audit");
        var audit = await FrontScene.TextAsync(response);
        Assert.Contains($"\"action\":\"remove bridge\",\"target\":\"{_name}\"", audit, StringComparison.Ordinal);
        Assert.Contains($"\"action\":\"set bridge\",\"target\":\"{_name}\"", audit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"from":"in","method":"noop"}""", "The member 'address' is missing.")]
    [InlineData("""{"address":"redis://h"}""", "The member 'from' is missing.")]
    [InlineData("""{"address":"redis://h","from":"in"}""", "The member 'method' is missing.")]
    [InlineData("""{"address":"h","to":"out"}""", "The address 'h' is not valid.")]
    [InlineData("""{"address":"redis://u:p@h","to":"out"}""", "The address contains a password.")]
    [InlineData("""{"address":"redis://h","from":"a","to":"a","method":"noop"}""", "The bridge would take its own")]
    [InlineData("""{"address":"redis://h","from":"","method":"noop"}""", "The name in the member 'from' has 0")]
    [InlineData("""{"address":"redis://h","to":"out","queue":"Eu"}""", "'Eu' is not a valid queue name.")]
    [InlineData("""{"address":"redis://h","to":"out","results":"x"}""", "results 'x' is not valid.")]
    [InlineData("""{"address":"redis://h","to":"out","messages":"Body"}""", "messages 'Body' is not valid.")]
    [InlineData("""{"address":"redis://h","to":"out","inFlight":0}""", "inFlight=0 is not valid.")]
    [InlineData("""{"address":"redis://h","to":"out","inFlight":10001}""", "inFlight=10001 is not valid.")]
    [InlineData("""{"address":"redis://h","to":"out","colour":1}""", "There is no member 'colour'. Valid members: ")]
    [InlineData("""{"address":"redis://h","to":"out","toType":"exchange"}""", "toType 'exchange' is not valid.")]
    [InlineData("""{"address":"amqp://h","to":"out","toType":"stream"}""", "toType 'stream' is not valid.")]
    [InlineData("""{"address":"amqp://h","from":"q","fromType":"exchange","method":"noop"}""", "fromType 'exchange'")]
    [InlineData("""{"address":"amqp://h","to":"out","sentinel":"s"}""", "The member 'sentinel' applies to Redis only.")]
    [InlineData("""{"address":"redis://h","to":"out","passwordFile":"a"}""", "passwordFile 'a' is not valid.")]
    [InlineData(
        """{"address":"redis://h","to":"o","password":"p","passwordFile":"/a"}""",
        "Only one of 'password' and"
    )]
    public async Task An_invalid_bridge_is_rejected_with_the_value_and_the_remedy(string json, string detail)
    {
        using var response = await PutAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_feed_is_created_and_deleted_with_it_and_consumed_by_nobody_else()
    {
        using (await PutAsync("""{"address":"redis://127.0.0.1:1","to":"out"}""")) { }
        var feed = $"/v1/feeds/bridge.{_name}";
        var detail =
            $"The feed name 'bridge.{_name}' is reserved for the bridge '{_name}', which creates and deletes its feed. "
            + "Use /v1/bridges, or another name.";
        using (var created = await scene.SendAsync(HttpMethod.Put, feed, FrontScene.Json("""{"queue":"eu"}""")))
            await FrontScene.AssertRefusedAsync(created, 400, "bad-request", detail);
        using (var deleted = await scene.SendAsync(HttpMethod.Delete, feed))
            await FrontScene.AssertRefusedAsync(deleted, 400, "bad-request", detail);

        foreach (var action in (string[])["pull", "ack", "release"])
        {
            using var consumed = await scene.PostAsync($"{feed}:{action}", FrontScene.Json("""{"deliveries":[]}"""));
            Assert.Equal(HttpStatusCode.BadRequest, consumed.StatusCode);
            if (action == "pull")
                await FrontScene.AssertRefusedAsync(
                    consumed,
                    400,
                    "bad-request",
                    $"The feed 'bridge.{_name}' is reserved for the bridge '{_name}', which is its only consumer. "
                        + "Create another feed for the same queue: PUT /v1/feeds/NAME."
                );
        }
    }

    [Theory]
    [InlineData("""{"address":"redis://127.0.0.1:1","from":"in","to":"out","method":"noop","queue":"other"}""")]
    [InlineData("""{"address":"redis://127.0.0.1:1","to":"out","queue":"QUEUE","results":"raw"}""")]
    [InlineData("""{"address":"redis://127.0.0.1:1","from":"in","method":"noop","queue":"QUEUE"}""")]
    public async Task A_change_that_would_lose_results_is_rejected_with_their_number_and_the_remedy(string change)
    {
        using var client = Client();
        var worker = await scene.JoinAsync(_name);
        using (await PutAsync($$"""{"address":"redis://127.0.0.1:1","to":"out","queue":"{{_name}}"}""")) { }
        await client.SubmitAsync(new JobRequest(_name) { Queue = _name }, Cancelled);
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        using (var rejected = await PutAsync(change.Replace("QUEUE", _name, StringComparison.Ordinal)))
            await FrontScene.AssertRefusedAsync(
                rejected,
                400,
                "bad-request",
                $"The change would lose results from the bridge '{_name}'. Ended jobs from queue '{_name}' that "
                    + "are not published: 1. Jobs of the bridge that have not ended: 0. Accept no further jobs "
                    + $"(headrace queues drain {_name}), resume the bridge if it is paused, wait until headrace "
                    + $"bridges show {_name} shows no waiting results, and repeat the change."
            );
        Assert.Equal(1, (await client.Feeds.GetAsync($"bridge.{_name}", Cancelled)).Lag);

        // A change that keeps the feed is always possible. Once the feed has nothing left to deliver, every change is
        // possible.
        using (
            var kept = await PutAsync($$"""{"address":"redis://127.0.0.1:1","to":"elsewhere","queue":"{{_name}}"}""")
        )
            Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        await scene.Server.SendAsync(
            new Command.SeekFeed(new FeedName($"bridge.{_name}"), new QueueName(_name), FeedStart.Now)
        );
        using var changed = await PutAsync(change.Replace("QUEUE", _name, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task A_feed_that_a_crash_has_left_without_its_bridge_is_deleted_and_other_feeds_are_kept()
    {
        using var client = Client();
        using (await PutAsync("""{"address":"redis://127.0.0.1:1","to":"out"}""")) { }
        using (await scene.SendAsync(HttpMethod.Put, $"/v1/feeds/{_name}", FrontScene.Json("""{"queue":"default"}""")))
        { }
        var orphan = new FeedName($"bridge.{_name}-gone");
        await scene.Server.SendAsync(new Command.CreateFeed(orphan, QueueName.Default, FeedStates.All, FeedStart.Now));
        var services = scene.Server.Server.Services;

        // The server does this each time it starts.
        await services
            .GetRequiredService<BridgeFeeds>()
            .DeleteOrphansAsync(services.GetRequiredService<BridgeStore>().Has, Cancelled);

        using var gone = await scene.GetAsync($"/v1/feeds/{orphan}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("default", (await client.Feeds.GetAsync($"bridge.{_name}", Cancelled)).Queue);
        Assert.Equal("default", (await client.Feeds.GetAsync(_name, Cancelled)).Queue);
    }

    [Fact]
    public async Task A_change_that_is_based_on_another_version_is_rejected()
    {
        using var created = await PutAsync("""{"address":"redis://127.0.0.1:1","to":"out","version":0}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);

        using var again = await PutAsync("""{"address":"redis://127.0.0.1:1","to":"out","version":0}""");

        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("is based on version 0", await FrontScene.TextAsync(again), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metrics_contain_what_has_passed_each_bridge()
    {
        using var created = await PutAsync("""{"address":"redis://127.0.0.1:1","from":"in","method":"noop"}""");

        var metrics = await scene.ScrapeAsync();

        Assert.Equal(0, metrics.Value("headrace_bridge_messages_total", ("bridge", _name), ("outcome", "accepted")));
        Assert.Equal(0, metrics.Value("headrace_bridge_results_total", ("bridge", _name), ("outcome", "repeated")));
        Assert.Equal(0, metrics.Value("headrace_bridge_waiting", ("bridge", _name), ("side", "messages")));
        Assert.Equal(0, metrics.Value("headrace_bridge_in_flight", ("bridge", _name), ("side", "results")));
        Assert.Equal(0, metrics.Value("headrace_bridge_up", ("bridge", _name)));
    }

    private Task<HttpResponseMessage> PutAsync(string json) =>
        scene.SendAsync(HttpMethod.Put, $"/v1/bridges/{_name}", FrontScene.Json(json));
}
