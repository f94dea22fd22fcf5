using System.Text.Json;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// Kills the server and Redis with SIGKILL while messages pass through a bridge. No message is lost, and each has one
/// result.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class BridgeKillTests
{
    private const int Messages = 4_000;
    private const int Kills = 3;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_message_has_one_result_although_one_of_the_two_is_killed_repeatedly(bool killsServer)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        await redis.Database.ListRightPushAsync("in", [.. Enumerable.Range(0, Messages).Select(i => (RedisValue)i)]);
        var added = await server.CliAsync(
            "bridges",
            "add",
            "b",
            "--redis",
            redis.Address,
            "--from",
            "in",
            "--to",
            "out",
            "--method",
            "noop",
            "--in-flight",
            "50"
        );
        Assert.True(added.Code == 0, added.Error);

        for (var kill = 1; kill <= Kills; kill++)
        {
            // Each kill occurs later than the previous one, after more of the results have been published.
            var part = Messages * kill / (Kills + 2);
            await Eventually.SeesAsync(
                $"{part} results",
                async () => await redis.Database.ListLengthAsync("out") >= part ? "some" : null,
                Eventually.WithProcesses
            );
            if (killsServer)
            {
                await server.KillAsync();
                await server.StartAgainAsync();
            }
            else
            {
                await redis.KillAsync();
                await redis.StartAgainAsync();
            }
        }

        await Eventually.SeesAsync(
            "the end of all messages",
            async () =>
                await redis.Database.ListLengthAsync("out") >= Messages && await BridgeScene.IsIdleAsync(server)
                    ? "all"
                    : null,
            Eventually.WithProcesses
        );
        var results = (await redis.Database.ListRangeAsync("out"))
            .Select(result => JsonElement.Parse(result.ToString()))
            .ToList();
        Assert.Equal(
            Enumerable.Range(0, Messages),
            results.Select(result => result.GetProperty("result").GetInt32()).Order()
        );
        Assert.Equal(Messages, results.Select(result => result.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(0, await redis.Database.ListLengthAsync("in.dead"));
    }
}
