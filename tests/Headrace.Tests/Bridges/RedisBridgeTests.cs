using System.Text;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>A bridge between a server in this process and a Redis process.</summary>
[Trait("Needs", "Servers")]
public sealed class RedisBridgeTests(BridgeScene scene) : IClassFixture<BridgeScene>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_become_jobs_in_order_and_each_result_is_published_once()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(0, 500).Select(i => (RedisValue)$"m{i}")]);

        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var results = await BridgeScene.ReadAsync(redis, "out", 500);

        Assert.Equal(500, results.Count);
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"m{i}").Order(),
            results.Select(result => result.GetProperty("result").GetString()!).Order()
        );
        Assert.All(results, result => Assert.Equal("succeeded", result.GetProperty("state").GetString()));
        Assert.Equal(500, results.Select(result => result.GetProperty("id").GetString()).Distinct().Count());
        var bridge = await BridgeScene.SeesAsync(client, _name, "counts", reply => reply.Published == 500);
        Assert.Equal((500, 0, 0), (bridge.Accepted, bridge.Rejected, bridge.Repeated));
        Assert.Equal("running", bridge.State);
        Assert.True(bridge.AcceptedPerSecond > 0);
        // The bridge leaves nothing behind except its token counter.
        await Eventually.HoldsAsync(
            "nothing but the state of the bridge",
            () => Keys(redis) is [var key] && key.EndsWith(":state", StringComparison.Ordinal)
        );
        var first = (await client.ListJobsPageAsync($"queue:{_name}", limit: 1, cancellationToken: Cancelled)).Jobs[0];
        Assert.Equal($"bridge:{_name}", first.Owner);
    }

    [Fact]
    public async Task A_message_that_was_taken_before_a_crash_becomes_one_job()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        var store = scene.Server.Server.JobStore.Store.Id.Text;
        var taken = $"headrace:{store}:{_name}:taken";
        // Crash point 1: the message has been taken but not submitted.
        await redis.Database.HashSetAsync(taken, [new HashEntry("g-1", "one"), new HashEntry("g-2", "two")]);
        await client.Bridges.SetAsync(_name, Request(redis) with { To = null }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "two jobs", reply => reply.Accepted == 2);

        // Crash point 2: the job is on disk but the message is not settled.
        await client.Bridges.PauseAsync(_name, Cancelled);
        await redis.Database.HashSetAsync(taken, "g-1", "one");
        await client.Bridges.ResumeAsync(_name, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "the message again", reply => reply.Accepted == 3);

        Assert.Equal(2, await CountJobsAsync(client));
        Assert.False(await redis.Database.KeyExistsAsync(taken));
    }

    [Fact]
    public async Task A_Redis_that_has_lost_its_latest_token_gives_a_new_message_another_one()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.ListRightPushAsync("in", "first");
        await client.Bridges.SetAsync(_name, Request(redis) with { To = null }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "the first job", reply => reply.Accepted == 1);

        // Simulates an older state of Redis: the token is free again, and another message arrives.
        var state = $"headrace:{scene.Server.Server.JobStore.Store.Id.Text}:{_name}:state";
        await redis.Database.HashSetAsync(state, "last", 0);
        await redis.Database.ListRightPushAsync("in", "second");
        await BridgeScene.SeesAsync(client, _name, "the second job", reply => reply.Accepted == 2);

        Assert.Equal(2, await CountJobsAsync(client));
        Assert.Equal(0, await redis.Database.ListLengthAsync("in.dead"));
    }

    [Fact]
    public async Task Messages_that_cannot_become_jobs_go_to_the_dead_letter_list_with_the_reason()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name, FrontScene.Sha512Schema);
        await redis.Database.ListRightPushAsync(
            "in",
            ["not JSON", "[1]", """{"iterations":0}""", """{"iterations":7}""", new byte[] { 0xff, 0xfe }]
        );

        await client.Bridges.SetAsync(_name, Request(redis) with { Messages = "params", To = null }, Cancelled);
        var dead = await BridgeScene.ReadAsync(redis, "in.dead", 4);
        var bridge = await BridgeScene.SeesAsync(client, _name, "one job", reply => reply.Accepted == 1);

        Assert.Equal((4, "running"), (bridge.Rejected, bridge.State));
        Assert.NotNull(bridge.LastError);
        Assert.Equal(["in"], dead.Select(letter => letter.GetProperty("from").GetString()).Distinct());
        var reasons = dead.ToDictionary(
            letter =>
                letter.TryGetProperty("message", out var text)
                    ? text.GetString()!
                    : letter.GetProperty("messageBase64").GetString()!,
            letter => letter.GetProperty("reason").GetString()!
        );
        Assert.StartsWith("The message is not valid JSON", reasons["not JSON"], StringComparison.Ordinal);
        Assert.StartsWith("The message is a JSON array", reasons["[1]"], StringComparison.Ordinal);
        Assert.Contains(
            "$.iterations is 0; it must be at least 1",
            reasons["""{"iterations":0}"""],
            StringComparison.Ordinal
        );
        Assert.Contains("//4=", reasons.Keys);
    }

    [Theory]
    [InlineData("params", """{"a":"\ud800"}""", """{"b":1}""")]
    [InlineData("envelope", """{"params":{"a":"\ud800"}}""", """{"params":{"b":1}}""")]
    public async Task A_message_that_no_request_can_contain_becomes_a_dead_letter_and_the_others_jobs(
        string form,
        string bad,
        string good
    )
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.ListRightPushAsync("in", [bad, good]);

        await client.Bridges.SetAsync(_name, Request(redis) with { Messages = form, To = null }, Cancelled);
        var bridge = await BridgeScene.SeesAsync(client, _name, "one job", reply => reply.Accepted == 1);

        Assert.Equal((1, "running"), (bridge.Rejected, bridge.State));
        var dead = Assert.Single(await BridgeScene.ReadAsync(redis, "in.dead", 1));
        Assert.Equal(bad, dead.GetProperty("message").GetString());
        Assert.Equal(
            "The params are not valid: $ contains a lone surrogate (\\ud800 to \\udfff), which is not valid text.",
            dead.GetProperty("reason").GetString()
        );
    }

    [Fact]
    public async Task While_the_queue_is_full_messages_wait_in_the_list_and_none_is_lost()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Queues.SetSettingsAsync(_name, new QueueSettingsRequest { MaxJobs = 10 }, Cancelled);
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(0, 100).Select(i => (RedisValue)$"m{i}")]);

        await client.Bridges.SetAsync(_name, Request(redis) with { InFlight = 15 }, Cancelled);
        var waiting = await BridgeScene.SeesAsync(client, _name, "a full queue", reply => reply.State == "waiting");

        // The bridge has filled the queue, holds the rest of its group, and takes no further messages.
        Assert.Contains("10", waiting.Why, StringComparison.Ordinal);
        Assert.Equal(10, waiting.Accepted);
        Assert.Equal(85, await redis.Database.ListLengthAsync("in"));

        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await BridgeScene.SeesAsync(client, _name, "all results", reply => reply.Published == 100);
        var results = await BridgeScene.ReadAsync(redis, "out", 100);
        Assert.Equal(100, results.Select(result => result.GetProperty("result").GetString()).Distinct().Count());
        await BridgeScene.SeesAsync(client, _name, "running again", reply => reply.State == "running");
    }

    [Fact]
    public async Task A_result_that_the_feed_delivers_again_is_published_once()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        await redis.Database.ListRightPushAsync("in", "once");
        await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);

        // Crash point 2: the result has been published, but its acknowledgement is lost.
        await client.Bridges.PauseAsync(_name, Cancelled);
        var job = (await client.ListJobsPageAsync($"queue:{_name}", cancellationToken: Cancelled)).Jobs.Single();
        var published = $"headrace:{scene.Server.Server.JobStore.Store.Id.Text}:{_name}:published";
        await redis.Database.HashSetAsync(published, $"{job.Id}#{job.Attempt}", "");
        await client.Feeds.SeekAsync($"bridge.{_name}", "first", Cancelled);
        await client.Bridges.ResumeAsync(_name, Cancelled);
        var bridge = await BridgeScene.SeesAsync(client, _name, "the repetition", reply => reply.Repeated == 1);

        Assert.Equal(1, bridge.Published);
        Assert.Equal(1, await redis.Database.ListLengthAsync("out"));
        await Eventually.SeesAsync(
            "nothing remembered",
            async () => await redis.Database.KeyExistsAsync(published) ? null : "gone"
        );
    }

    [Fact]
    public async Task A_change_that_would_lose_the_results_of_unfinished_jobs_is_rejected_until_they_are_published()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        var worker = await scene.JoinAsync(_name);
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        await redis.Database.ListRightPushAsync("in", "message");
        var job = await worker.ClaimAsync();

        var rejected = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            client.Bridges.SetAsync(_name, Request(redis) with { Results = "raw" }, Cancelled)
        );

        Assert.Contains("Jobs of the bridge that have not ended: 1.", rejected.Message, StringComparison.Ordinal);
        await worker.SucceedAsync(job, "done");
        await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);
        await Eventually.SeesAsync(
            "the acknowledgement",
            async () => (await client.Feeds.GetAsync($"bridge.{_name}", Cancelled)).Lag == 0 ? "acknowledged" : null
        );
        Assert.Equal(
            "raw",
            (await client.Bridges.SetAsync(_name, Request(redis) with { Results = "raw" }, Cancelled)).Results
        );
    }

    [Fact]
    public async Task A_failed_job_is_published_with_its_error_and_the_id_of_its_message()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        var worker = await scene.JoinAsync(_name);
        await client.Bridges.SetAsync(_name, Request(redis) with { Messages = "envelope" }, Cancelled);
        await redis.Database.ListRightPushAsync("in", """{"id":"order-7","params":{}}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no stock");

        var result = (await BridgeScene.ReadAsync(redis, "out", 1))[0];

        Assert.Equal("order-7", result.GetProperty("messageId").GetString());
        Assert.Equal("failed", result.GetProperty("state").GetString());
        Assert.Equal("no stock", result.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Raw_results_are_the_bytes_of_the_result_whatever_its_type()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        byte[][] bodies =
        [
            Encoding.UTF8.GetBytes("text"),
            Encoding.UTF8.GetBytes("[1, 2]"),
            [0xff, 0],
            new byte[70_000],
        ];
        await client.Bridges.SetAsync(_name, Request(redis) with { Results = "raw" }, Cancelled);
        await redis.Database.ListRightPushAsync("in", [.. bodies.Select(body => (RedisValue)body)]);

        await Eventually.SeesAsync(
            "four results",
            async () => await redis.Database.ListLengthAsync("out") == 4 ? "all" : null
        );
        var results = await redis.Database.ListRangeAsync("out");
        Assert.Equal(
            bodies.Select(Convert.ToHexString).Order(),
            results.Select(result => Convert.ToHexString((byte[])result!)).Order()
        );
    }

    [Fact]
    public async Task A_bridge_without_a_source_publishes_every_result_of_its_queue_and_one_with_a_source_its_own()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        var all = $"{_name}-all";
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        await client.Bridges.SetAsync(
            all,
            new BridgeRequest
            {
                Address = redis.Address,
                To = "all",
                Queue = _name,
            },
            Cancelled
        );
        var other = await client.SubmitAsync(
            new JobRequest(_name) { Queue = _name, Body = "other"u8.ToArray() },
            Cancelled
        );
        await redis.Database.ListRightPushAsync("in", "own");

        var everything = await BridgeScene.ReadAsync(redis, "all", 2);
        var own = await BridgeScene.ReadAsync(redis, "out", 1);

        Assert.Contains(other.Id, everything.Select(result => result.GetProperty("id").GetString()));
        Assert.Equal("own", Assert.Single(own).GetProperty("result").GetString());
        await client.Bridges.RemoveAsync(all, cancellationToken: Cancelled);
    }

    private static List<string> Keys(RedisServer redis) =>
        [.. redis.Database.Multiplexer.GetServers()[0].Keys(pattern: "headrace:*").Select(key => key.ToString())];

    private BridgeRequest Request(RedisServer redis) =>
        new()
        {
            Address = redis.Address,
            From = "in",
            To = "out",
            Queue = _name,
            Method = _name,
        };

    private async Task<int> CountJobsAsync(HeadraceClient client) =>
        (await client.ListJobsPageAsync($"queue:{_name}", cancellationToken: Cancelled)).Jobs.Count;
}
