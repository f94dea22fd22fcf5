using Headrace.Protocol.Json;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>Tests bridges that read and write the streams of a Redis process.</summary>
[Trait("Needs", "Servers")]
public sealed class RedisStreamTests(BridgeScene scene) : IClassFixture<BridgeScene>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_become_jobs_and_their_results_entries_of_another_stream()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        for (var i = 0; i < 200; i++)
            await redis.Database.StreamAddAsync("in", "message", $"m{i}");
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);

        var bridge = await BridgeScene.SeesAsync(client, _name, "all results", reply => reply.Published == 200);

        Assert.Equal(("stream", "stream", "headrace"), (bridge.FromType, bridge.ToType, bridge.Group));
        var results = (await redis.Database.StreamRangeAsync("out"))
            .Select(entry => System.Text.Json.JsonElement.Parse(entry["message"].ToString()))
            .ToList();
        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => $"m{i}").Order(),
            results.Select(result => result.GetProperty("result").GetString()!).Order()
        );
        Assert.Equal(0, (await redis.Database.StreamPendingAsync("in", "headrace")).PendingMessageCount);
        await BridgeScene.SeesAsync(client, _name, "nothing waits", reply => reply.MessagesWaiting == 0);
    }

    [Fact]
    public async Task An_entry_that_was_taken_before_a_crash_becomes_one_job()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        var consumer = $"{scene.Server.Server.JobStore.Store.Id.Text}:{_name}";
        await redis.Database.StreamCreateConsumerGroupAsync("in", "headrace", "0", createStream: true);
        await redis.Database.StreamAddAsync("in", "message", "one");
        // Crash point 1: the entry has been taken but not submitted.
        await redis.Database.StreamReadGroupAsync("in", "headrace", consumer, StreamPosition.NewMessages);
        await client.Bridges.SetAsync(_name, Request(redis) with { To = null, ToType = null }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "the job", reply => reply.Accepted == 1);

        // Crash point 2: the job is on disk but the entry is not settled, so the entry is delivered again with its id.
        await client.Bridges.PauseAsync(_name, Cancelled);
        await redis.Database.ExecuteAsync("XGROUP", "SETID", "in", "headrace", "0");
        await client.Bridges.ResumeAsync(_name, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "the entry again", reply => reply.Accepted == 2);

        Assert.Single((await client.ListJobsPageAsync($"queue:{_name}", cancellationToken: Cancelled)).Jobs);
        Assert.Equal(0, (await redis.Database.StreamPendingAsync("in", "headrace")).PendingMessageCount);
    }

    [Fact]
    public async Task An_entry_that_another_consumer_has_abandoned_is_taken_over()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.StreamCreateConsumerGroupAsync("in", "headrace", "0", createStream: true);
        foreach (var message in (string[])["abandoned", "in use"])
            await redis.Database.StreamAddAsync("in", "message", message);
        var taken = await redis.Database.StreamReadGroupAsync("in", "headrace", "other", StreamPosition.NewMessages);
        // The first entry has not been touched for an hour.
        await redis.Database.ExecuteAsync(
            "XCLAIM",
            "in",
            "headrace",
            "other",
            "0",
            taken[0].Id.ToString(),
            "IDLE",
            "3600000"
        );
        await redis.Database.StreamAddAsync("in", "message", "new");

        await client.Bridges.SetAsync(_name, Request(redis) with { To = null, ToType = null }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "two jobs", reply => reply.Accepted == 2);

        var pending = await redis.Database.StreamPendingAsync("in", "headrace");
        Assert.Equal(1, pending.PendingMessageCount);
        Assert.Equal("other", pending.Consumers[0].Name.ToString());
    }

    [Fact]
    public async Task An_entry_without_a_message_goes_to_the_dead_letter_list()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.StreamAddAsync("in", [new NameValueEntry("a", "1"), new NameValueEntry("b", "2")]);
        await redis.Database.StreamAddAsync("in", [new NameValueEntry("only", "3")]);
        await client.Bridges.SetAsync(_name, Request(redis) with { To = null, ToType = null }, Cancelled);

        var dead = await BridgeScene.ReadAsync(redis, "in.dead", 1);
        await BridgeScene.SeesAsync(client, _name, "one job", reply => reply.Accepted == 1);

        Assert.Contains(
            "has 2 fields, but none with the name 'message'",
            dead[0].GetProperty("reason").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(0, (await redis.Database.StreamPendingAsync("in", "headrace")).PendingMessageCount);
    }

    private BridgeRequest Request(RedisServer redis) =>
        new()
        {
            Address = redis.Address,
            From = "in",
            FromType = "stream",
            To = "out",
            ToType = "stream",
            Queue = _name,
            Method = _name,
        };
}
