using Headrace.Bridges;
using Headrace.Bridges.Redis;
using Headrace.Protocol.Json;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;
using RedisStream = Headrace.Bridges.Redis.RedisStream;

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
    public async Task All_abandoned_entries_are_taken_over_however_many_there_are()
    {
        const int Count = 2_500;
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.StreamCreateConsumerGroupAsync("in", "headrace", "0", createStream: true);
        var adding = redis.Database.CreateBatch();
        var added = Enumerable
            .Range(0, Count)
            .Select(i => adding.StreamAddAsync("in", "message", $"m{i}"))
            .ToArray();
        adding.Execute();
        await Task.WhenAll(added);
        var taken = await redis.Database.StreamReadGroupAsync("in", "headrace", "other", StreamPosition.NewMessages);
        await AbandonAsync(redis, taken);

        await client.Bridges.SetAsync(
            _name,
            Request(redis) with
            {
                InFlight = 400,
                To = null,
                ToType = null,
            },
            Cancelled
        );
        await BridgeScene.SeesAsync(client, _name, "all entries", reply => reply.Accepted == Count);

        Assert.Equal(0, (await redis.Database.StreamPendingAsync("in", "headrace")).PendingMessageCount);
    }

    [Fact]
    public async Task Entries_pending_at_another_consumer_wait_and_are_taken_over_when_they_are_abandoned_later()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.StreamCreateConsumerGroupAsync("in", "headrace", "0", createStream: true);
        await redis.Database.StreamAddAsync("in", "message", "taken");
        var taken = await redis.Database.StreamReadGroupAsync("in", "headrace", "other", StreamPosition.NewMessages);
        await redis.Database.StreamAddAsync("in", "message", "new");
        await client.Bridges.SetAsync(_name, Request(redis) with { To = null, ToType = null }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "the new entry, and the other one waiting",
            reply => reply is { Accepted: 1, MessagesWaiting: 1 }
        );

        await AbandonAsync(redis, taken);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "the abandoned entry",
            reply => reply is { Accepted: 2, MessagesWaiting: 0 }
        );
    }

    [Fact]
    public async Task Entries_that_a_bridge_holds_do_not_become_abandoned()
    {
        await using var redis = await RedisServer.StartAsync();
        var time = new FakeTimeProvider();
        Assert.True(BrokerAddress.TryParse(redis.Address, sentinel: null, out var address, out _));
        var source = new RedisStreamSource(
            new RedisCalls(redis.Database, address),
            new RedisStream("in", "headrace", "own"),
            "dead",
            time
        );
        await source.RecoverAsync();
        await redis.Database.StreamAddAsync("in", "message", "held");
        var held = await source.TakeAsync(10, Cancelled);
        var entries = await redis.Database.StreamRangeAsync("in");
        await AbandonAsync(redis, entries, "own");

        await source.KeepAsync(held);
        Assert.InRange(await IdleAsync(redis), 3_600_000, long.MaxValue);
        time.Advance(TimeSpan.FromMinutes(1));
        await source.KeepAsync(held);

        Assert.InRange(await IdleAsync(redis), 0, 3_599_999);
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

    /// <summary>Makes entries look as if their consumer had not touched them for an hour.</summary>
    private static Task<RedisResult> AbandonAsync(
        RedisServer redis,
        StreamEntry[] entries,
        string consumer = "other"
    ) =>
        redis.Database.ExecuteAsync(
            "XCLAIM",
            [
                "in",
                "headrace",
                consumer,
                "0",
                .. entries.Select(entry => (object)entry.Id.ToString()),
                "IDLE",
                "3600000",
            ]
        );

    private static async Task<long> IdleAsync(RedisServer redis) =>
        (await redis.Database.StreamPendingMessagesAsync("in", "headrace", 1, RedisValue.Null)).Single()
            .IdleTimeInMilliseconds;

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
