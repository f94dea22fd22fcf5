using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// Messages that a bridge has taken but not submitted return to their list when the bridge no longer reads it.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class RedisReturnTests(BridgeScene scene) : IClassFixture<BridgeScene>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string State => $"headrace:{scene.Server.Server.JobStore.Store.Id.Text}:{_name}:state";

    private string Taken => $"headrace:{scene.Server.Server.JobStore.Store.Id.Text}:{_name}:taken";

    [Fact]
    public async Task Removing_a_bridge_returns_its_messages_to_the_head_of_the_list_in_order()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await HoldAsync(redis, client);

        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);

        Assert.Equal(["m1", "m2", "m3", "m4", "m5"], await ListAsync(redis, "in"));
        Assert.False(await redis.Database.KeyExistsAsync(Taken));
        Assert.False(await redis.Database.KeyExistsAsync(State));
    }

    [Fact]
    public async Task Changing_the_list_returns_its_messages_and_the_bridge_continues_with_the_other_list()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await HoldAsync(redis, client);
        await redis.Database.ListRightPushAsync("other", "m6");

        await client.Bridges.SetAsync(_name, Request(redis) with { From = "other" }, Cancelled);
        await Eventually.SeesAsync(
            "the message of the other list in the hash",
            async () => await redis.Database.HashLengthAsync(Taken) == 1 ? "taken" : null,
            Eventually.WithProcesses
        );

        Assert.Equal(["m1", "m2", "m3", "m4", "m5"], await ListAsync(redis, "in"));
        Assert.Equal("m6", (await redis.Database.HashValuesAsync(Taken)).Single().ToString());
    }

    [Fact]
    public async Task Changing_the_broker_returns_the_messages_to_the_previous_one()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var another = await RedisServer.StartAsync();
        using var client = scene.Client();
        await HoldAsync(redis, client);

        await client.Bridges.SetAsync(_name, Request(another), Cancelled);

        Assert.Equal(["m1", "m2", "m3", "m4", "m5"], await ListAsync(redis, "in"));
        Assert.False(await redis.Database.KeyExistsAsync(Taken));
    }

    [Fact]
    public async Task A_change_that_keeps_the_list_keeps_its_messages()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await HoldAsync(redis, client);

        await client.Bridges.SetAsync(_name, Request(redis) with { InFlight = 2, DeadLetter = "dead" }, Cancelled);

        Assert.Equal(3, await redis.Database.HashLengthAsync(Taken));
        Assert.Equal(["m4", "m5"], await ListAsync(redis, "in"));
    }

    [Fact]
    public async Task A_message_whose_job_is_on_disk_is_settled_and_not_returned()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await redis.Database.HashSetAsync(Taken, [new HashEntry("g-1", "one")]);
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        await BridgeScene.SeesAsync(client, _name, "the job", reply => reply.Accepted == 1);
        await client.Bridges.PauseAsync(_name, Cancelled);
        // The bridge is interrupted between the submission of the first message and its settlement, and before the
        // submission of the second.
        await redis.Database.HashSetAsync(Taken, [new HashEntry("g-1", "one"), new HashEntry("g-2", "two")]);

        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);

        Assert.Equal(["two"], await ListAsync(redis, "in"));
        Assert.False(await redis.Database.KeyExistsAsync(Taken));
    }

    [Fact]
    public async Task While_Redis_cannot_be_reached_a_bridge_is_removed_and_moved_only_by_force()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var another = await RedisServer.StartAsync();
        using var client = scene.Client();
        await HoldAsync(redis, client);
        await redis.KillAsync();

        foreach (
            var call in (Func<Task>[])
                [
                    () => client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled),
                    () => client.Bridges.SetAsync(_name, Request(another), Cancelled),
                ]
        )
        {
            var refused = await Assert.ThrowsAsync<HeadraceProblemException>(call);
            Assert.StartsWith(
                $"The bridge '{_name}' holds 3 messages that it has taken from the list 'in' but not submitted, and "
                    + $"the server cannot return them to the list. Redis at {redis.Address} cannot be reached: ",
                refused.Message,
                StringComparison.Ordinal
            );
            Assert.EndsWith(
                " Repeat the request when the broker can be used, or repeat it with force (headrace bridges --force): "
                    + $"the messages then stay in the hash '{Taken}'.",
                refused.Message,
                StringComparison.Ordinal
            );
        }
        Assert.Equal(redis.Address, (await client.Bridges.GetAsync(_name, Cancelled)).Address);

        await client.Bridges.SetAsync(_name, Request(another) with { Force = true }, Cancelled);
        Assert.Equal(another.Address, (await client.Bridges.GetAsync(_name, Cancelled)).Address);
        await another.KillAsync();
        await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
        await client.Bridges.RemoveAsync(_name, force: true, Cancelled);
        await redis.StartAgainAsync();
        Assert.Equal(3, await redis.Database.HashLengthAsync(Taken));
    }

    [Fact]
    public async Task A_bridge_that_has_never_reached_its_broker_is_moved_and_removed_without_force()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Bridges.SetAsync(_name, Request(redis) with { Address = "redis://127.0.0.1:1" }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");

        await client.Bridges.SetAsync(_name, Request(redis) with { Address = "redis://127.0.0.1:2" }, Cancelled);
        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);

        Assert.DoesNotContain(_name, (await client.Bridges.ListAsync(Cancelled)).Select(bridge => bridge.Name));
    }

    /// <summary>
    /// Starts a bridge that holds three messages, because its queue has no place, and leaves two in the list.
    /// </summary>
    private async Task HoldAsync(RedisServer redis, HeadraceClient client)
    {
        await scene.JoinAsync(_name);
        await client.Queues.SetSettingsAsync(_name, new QueueSettingsRequest { MaxJobs = 1 }, Cancelled);
        await client.SubmitAsync(new JobRequest(_name) { Queue = _name }, Cancelled);
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(1, 5).Select(i => (RedisValue)$"m{i}")]);
        await client.Bridges.SetAsync(_name, Request(redis) with { InFlight = 3 }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "three messages held",
            reply => reply is { State: "waiting", MessagesInFlight: 3, MessagesWaiting: 2 }
        );
        Assert.Equal(3, await redis.Database.HashLengthAsync(Taken));
    }

    private static async Task<IReadOnlyList<string>> ListAsync(RedisServer redis, string list) =>
        [.. (await redis.Database.ListRangeAsync(list)).Select(message => message.ToString())];

    private BridgeRequest Request(RedisServer redis) =>
        new()
        {
            Address = redis.Address,
            From = "in",
            Queue = _name,
            Method = _name,
        };
}
