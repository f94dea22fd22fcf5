using System.Globalization;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// Tests bridges to a Redis process with TLS and a dedicated user, and to one that sentinels fail over.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class RedisConnectionTests(BridgeScene scene) : IClassFixture<BridgeScene>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bridge_uses_TLS_and_a_user_who_may_use_only_its_keys()
    {
        using var certificate = new TestCertificate();
        await using var redis = await RedisServer.StartAsync(
            certificate,
            [
                "--user",
                "jan",
                "on",
                ">secret",
                "+@all",
                "-@admin",
                "-@dangerous",
                "~in",
                "~in.dead",
                "~out",
                "~headrace:*",
            ]
        );
        await using var server = await RunningServer.StartAsync([("SSL_CERT_FILE", certificate.CertificateFile)]);
        var password = Path.Combine(server.Home, "redis.password");
        await File.WriteAllTextAsync(password, "secret\n", Cancelled);
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(0, 20).Select(i => (RedisValue)i)]);

        var added = await server.CliAsync(
            "bridges",
            "add",
            "b",
            "--redis",
            $"rediss://jan@127.0.0.1:{redis.Port}",
            "--password-file",
            password,
            "--from",
            "in",
            "--to",
            "out",
            "--method",
            "noop"
        );
        Assert.True(added.Code == 0, added.Error);
        var results = await BridgeScene.ReadAsync(redis, "out", 20);

        Assert.Equal(
            Enumerable.Range(0, 20),
            results.Select(result => result.GetProperty("result").GetInt32()).Order()
        );
        var shown = JsonElement.Parse((await server.CliAsync("bridges", "show", "b", "--json")).Out);
        Assert.Equal("running", shown.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_rejected_and_so_is_a_port_without_TLS()
    {
        using var certificate = new TestCertificate();
        await using var redis = await RedisServer.StartAsync(certificate, []);
        await using var plain = await RedisServer.StartAsync();
        using var client = scene.Client();
        await scene.JoinAsync(_name);

        foreach (var port in (int[])[redis.Port, plain.Port])
        {
            var address = $"rediss://127.0.0.1:{port}";
            await client.Bridges.SetAsync(_name, Request(address), Cancelled);
            var failing = await BridgeScene.SeesAsync(
                client,
                _name,
                "a failure",
                reply => reply.Why?.Contains(address, StringComparison.Ordinal) == true
            );
            if (port == redis.Port)
                Assert.Contains("Check the certificate", failing.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_bridge_continues_at_the_primary_that_the_sentinels_name_after_a_failover()
    {
        await using var first = await RedisServer.StartAsync();
        await using var second = await RedisServer.StartAsync(
            "--replicaof",
            "127.0.0.1",
            first.Port.ToString(CultureInfo.InvariantCulture)
        );
        await using var sentinel = await RedisSentinel.StartAsync("main", first.Port);
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await client.Bridges.SetAsync(
            _name,
            Request($"redis://127.0.0.1:{sentinel.Port}") with
            {
                Sentinel = "main",
            },
            Cancelled
        );
        await first.Database.ListRightPushAsync("in", "before");
        await BridgeScene.SeesAsync(client, _name, "the first result", reply => reply.Published == 1);
        await Eventually.SeesAsync(
            "the first result in the replica",
            async () => await second.Database.ListLengthAsync("out") == 1 ? "replicated" : null,
            Eventually.WithProcesses
        );

        await sentinel.FailOverAsync();
        // Until the previous primary becomes a replica, it accepts writes that are subsequently lost.
        await Eventually.SeesAsync(
            "the exchange of the roles",
            async () =>
                await RoleAsync(second) == "master" && await RoleAsync(first) == "slave" ? "exchanged" : null,
            Eventually.WithProcesses
        );
        await second.Database.ListRightPushAsync("in", "after");
        await BridgeScene.SeesAsync(client, _name, "the second result", reply => reply.Published == 2);

        var results = await BridgeScene.ReadAsync(second, "out", 2);
        Assert.Equal(["before", "after"], results.Select(result => result.GetProperty("result").GetString()));
    }

    /// <summary>Returns the role of a server, or null while it closes its connections to switch roles.</summary>
    private static async Task<string?> RoleAsync(RedisServer server)
    {
        try
        {
            return (await server.Database.ExecuteAsync("ROLE"))[0].ToString();
        }
        catch (RedisConnectionException)
        {
            return null;
        }
    }

    private BridgeRequest Request(string address) =>
        new()
        {
            Address = address,
            From = "in",
            To = "out",
            Queue = _name,
            Method = _name,
        };
}
