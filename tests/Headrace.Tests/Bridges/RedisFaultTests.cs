using Headrace.Protocol.Json;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// Tests what a bridge reports while Redis is unusable, and tests that the bridge continues afterwards.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class RedisFaultTests(BridgeScene scene) : IClassFixture<BridgeScene>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Redis_that_does_not_run_is_named_and_the_bridge_continues_when_it_runs_again()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await redis.KillAsync();
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var failing = await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
        Assert.StartsWith($"Redis at {redis.Address} cannot be reached: ", failing.Why, StringComparison.Ordinal);
        Assert.NotNull(failing.LastErrorAt);

        await redis.StartAgainAsync();
        await redis.Database.ListRightPushAsync("in", "late");
        var bridge = await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);

        Assert.Equal("running", bridge.State);
        Assert.Null(bridge.Why);
        Assert.Equal(failing.Why, bridge.LastError);
    }

    [Fact]
    public async Task A_wrong_password_is_named_and_never_shown_and_a_right_one_starts_the_bridge()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right-password");
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        foreach (var password in (string?[])[null, "wrong-password"])
        {
            await client.Bridges.SetAsync(_name, Request(redis) with { Password = password }, Cancelled);
            var failing = await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
            Assert.Equal(
                $"Redis at {redis.Address} rejected the bridge's user name or password. Set the correct ones: headrace "
                    + "bridges add --password or --password-file.",
                failing.Why
            );
        }

        await client.Bridges.SetAsync(_name, Request(redis) with { Password = "right-password" }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "a connection", reply => reply.State == "running");
        // A change without a password keeps the current password.
        await client.Bridges.SetAsync(_name, Request(redis) with { InFlight = 7 }, Cancelled);
        await redis.Database.ListRightPushAsync("in", "x");
        await BridgeScene.SeesAsync(client, _name, "a job", reply => reply is { Accepted: 1, InFlight: 7 });
        foreach (var path in (string[])["/v1/bridges", $"/v1/bridges/{_name}", "/v1/audit"])
        {
            using var response = await scene.GetAsync(path);
            var text = await FrontScene.TextAsync(response);
            Assert.DoesNotContain("right-password", text, StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-password", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_password_file_is_read_at_each_connection_and_the_server_does_not_store_the_password()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "from-a-file");
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "password");
        await client.Bridges.SetAsync(_name, Request(redis) with { PasswordFile = path }, Cancelled);
        await SeesFailureAsync($"The password file {path} cannot be read: ");
        folder.Write("password", "two\nlines\n");
        await SeesFailureAsync($"The password file {path} does not contain exactly one line.");
        folder.Write("password", "");
        await SeesFailureAsync($"The password file {path} has 0 bytes.");
        folder.Write("password", "wrong\n");
        await SeesFailureAsync($"Redis at {redis.Address} rejected the bridge's user name or password.");

        folder.Write("password", "from-a-file\n");
        var bridge = await BridgeScene.SeesAsync(client, _name, "a connection", reply => reply.State == "running");

        Assert.Equal(path, bridge.PasswordFile);

        Task SeesFailureAsync(string start) =>
            BridgeScene.SeesAsync(
                client,
                _name,
                start,
                reply => reply.Why?.StartsWith(start, StringComparison.Ordinal) == true
            );
    }

    [Fact]
    public async Task Messages_are_taken_while_results_cannot_be_published_and_none_is_lost()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await redis.Database.StringSetAsync("out", "text");
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(0, 50).Select(i => (RedisValue)$"m{i}")]);
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);

        var failing = await BridgeScene.SeesAsync(
            client,
            _name,
            "all jobs and a failure",
            reply => reply is { Accepted: 50, ResultsWaiting: 50, State: "failing" }
        );
        Assert.StartsWith("The key 'out' in Redis", failing.Why, StringComparison.Ordinal);

        await redis.Database.KeyDeleteAsync("out");
        await BridgeScene.SeesAsync(
            client,
            _name,
            "the results",
            reply => reply is { Published: 50, State: "running" }
        );
        Assert.Equal(50, await redis.Database.ListLengthAsync("out"));
    }

    [Fact]
    public async Task Results_are_published_while_messages_cannot_be_taken()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        var worker = await scene.JoinAsync(_name);
        await redis.Database.ListRightPushAsync("in", "first");
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var job = await worker.ClaimAsync();
        await BridgeScene.SeesAsync(client, _name, "an empty list", reply => reply.MessagesInFlight == 0);
        await redis.Database.StringSetAsync("in", "text");
        await BridgeScene.SeesAsync(
            client,
            _name,
            "a failure of the source",
            reply => reply.Why?.Contains("'in'", StringComparison.Ordinal) == true
        );

        await worker.SucceedAsync(job, "done");
        var bridge = await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);

        Assert.Equal("failing", bridge.State);
        await redis.Database.KeyDeleteAsync("in");
        await redis.Database.ListRightPushAsync("in", "second");
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");
        await BridgeScene.SeesAsync(
            client,
            _name,
            "both results",
            reply => reply is { Published: 2, State: "running" }
        );
    }

    [Theory]
    [InlineData("in")]
    [InlineData("out")]
    public async Task A_key_of_another_type_is_named_and_loses_nothing(string key)
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await redis.Database.StringSetAsync(key, "text");
        if (key == "out")
            await redis.Database.ListRightPushAsync("in", "message");
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var failing = await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
        Assert.Equal(
            $"The key '{key}' in Redis at {redis.Address} has the type string, but must be a list. Use another key, "
                + "or delete this one.",
            failing.Why
        );

        await redis.Database.KeyDeleteAsync(key);
        if (key == "in")
            await redis.Database.ListRightPushAsync("in", "message");
        await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);
        Assert.Equal(1, await redis.Database.ListLengthAsync("out"));
    }

    [Fact]
    public async Task A_Redis_at_its_memory_limit_is_named_and_loses_nothing()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await redis.Database.ListRightPushAsync("in", "message");
        await redis.ConfigureAsync("maxmemory", "1");
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var failing = await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
        Assert.Contains("has reached its maxmemory limit", failing.Why, StringComparison.Ordinal);
        Assert.Equal(1, await redis.Database.ListLengthAsync("in"));

        await redis.ConfigureAsync("maxmemory", "0");
        await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);
    }

    [Fact]
    public async Task A_Redis_that_can_lose_messages_is_reported_with_the_remedy()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no", "--maxmemory-policy", "allkeys-lru");
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);

        // Each side has its own connection, and the warnings appear as soon as the first one is established.
        var bridge = await BridgeScene.SeesAsync(
            client,
            _name,
            "warnings",
            reply => reply is { State: "running", Warnings: not null }
        );

        Assert.Equal(
            [
                $"Redis at {redis.Address} keeps its data in memory only: messages are lost when it restarts. Set "
                    + "appendonly to yes.",
                $"Redis at {redis.Address} may delete any key, including waiting messages, when it reaches maxmemory "
                    + "(maxmemory-policy allkeys-lru). Set maxmemory-policy to noeviction.",
            ],
            bridge.Warnings
        );
    }

    [Fact]
    public async Task A_method_that_nobody_offers_holds_the_messages_until_a_worker_offers_it()
    {
        await using var redis = await RedisServer.StartAsync();
        using var client = scene.Client();
        await redis.Database.ListRightPushAsync("in", "message");
        await client.Bridges.SetAsync(_name, Request(redis), Cancelled);
        var waiting = await BridgeScene.SeesAsync(client, _name, "a wait", reply => reply.State == "waiting");
        Assert.Contains(_name, waiting.Why, StringComparison.Ordinal);

        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);
        Assert.Equal(0, await redis.Database.ListLengthAsync("in.dead"));
    }

    private BridgeRequest Request(RedisServer redis) =>
        new()
        {
            Address = redis.Address,
            From = "in",
            To = "out",
            Queue = _name,
            Method = _name,
        };
}
