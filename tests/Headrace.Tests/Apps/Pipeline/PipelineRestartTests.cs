using Headrace.Tests.Bridges;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>What a run keeps when its program is started again, and what it leaves when it ends.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineRestartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chain_that_failed_before_a_restart_is_counted_once_and_is_in_the_exit_code()
    {
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallFlakyAsync(server);
        await server.CliAsync("pump", "-p", $"{PipelineScene.Crashes}");
        using var killed = server.StartCli([], "pipeline", "-b", "--method", "flaky", "--retries", "0");
        await PipelineScene.ReadUntilAsync(killed, "stops at simulate");
        killed.Kill();
        await killed.WaitForExitAsync(Stop);

        var ended = await server.CliAsync("pipeline");
        var next = await server.CliAsync("pipeline", "--scale", "0");

        Assert.True(ended.Code == 1, ended.Error);
        Assert.Contains("Continuing the run", ended.Error, StringComparison.Ordinal);
        Assert.Contains("Chains that failed: 1", ended.Error, StringComparison.Ordinal);
        Assert.True(next.Code == 0, next.Error);
    }

    [Fact]
    public async Task A_stop_message_that_waits_already_leaves_no_message_of_the_pipeline_behind()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = PipelineScene.Connect(server);

        await server.CliAsync("pump", "-p", "None");
        var stopped = await server.CliAsync("pipeline", "--seed", "1", "--scale", "0");
        var left = (await client.GetQueueAsync("pipeline", Stop)).Jobs;
        var second = await server.CliAsync("pipeline", "--seed", "1", "--scale", "0");

        Assert.Equal((0, 0), (stopped.Code, second.Code));
        Assert.Equal(0, left);
        Assert.Single(
            PipelineScene.Steps(second.Out),
            step => step is { Step: "simulate", Param: 100 } && !step.Chain.Contains('.')
        );
    }

    [Fact]
    public async Task A_stop_message_over_Redis_leaves_the_messages_of_others_behind_it_and_not_that_of_the_pipeline()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        await redis.Database.ListRightPushAsync("pipeline", ["null", "100"]);

        var ended = await server.CliAsync("pipeline", "-b", "--redis", HostOf(redis), "--seed", "1", "--scale", "0");

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["100"], await ListAsync(redis, "pipeline"));
    }

    [Fact]
    public async Task A_run_over_Redis_is_not_continued_without_it_but_can_be_given_up()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        using var killed = server.StartCli([], "pipeline", "server", "--redis", HostOf(redis));
        await PipelineScene.WaitForRunAsync(server);
        killed.Kill();
        await killed.WaitForExitAsync(Stop);

        var without = await server.CliAsync("pipeline", "server");
        await redis.Database.ListRightPushAsync("input", "null");
        var with = await server.CliAsync("pipeline", "server", "--redis", HostOf(redis));
        using var again = server.StartCli([], "pipeline", "server");
        await PipelineScene.WaitForRunAsync(server);
        again.Kill();
        await again.WaitForExitAsync(Stop);
        var other = await server.CliAsync("pipeline", "server", "--redis", HostOf(redis));
        var given = await server.CliAsync("jobs", "cancel", "--filter", "queue:input.run");
        await redis.Database.ListRightPushAsync("input", "null");
        var begun = await server.CliAsync("pipeline", "server", "--redis", HostOf(redis));

        Assert.Equal((6, 0, 6, 0, 0), (without.Code, with.Code, other.Code, given.Code, begun.Code));
        Assert.Contains($"with --redis redis://{HostOf(redis)}", without.Error, StringComparison.Ordinal);
        Assert.Contains("jobs cancel --filter queue:input.run", without.Error, StringComparison.Ordinal);
        Assert.Contains("interrupted", with.Error, StringComparison.Ordinal);
        Assert.Contains("without --redis", other.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("interrupted", begun.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_stopped_answers_the_messages_that_its_run_still_holds()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        using var serving = server.StartCli([], "pipeline", "server", "--redis", HostOf(redis), "--scale", "0");
        var run = (await PipelineScene.WaitForRunAsync(server))["run-".Length..];
        await redis.Database.ListRightPushAsync("input", "6");
        await Eventually.SeesAsync(
            "the first response",
            async () => await redis.Database.ListLengthAsync("output") > 0 ? "some" : null,
            Eventually.WithProcesses
        );

        // As after a reply of Redis that was lost.
        await redis.Database.HashSetAsync($"headrace:{run}:pipeline:taken", "lost-1", "7");
        await redis.Database.ListRightPushAsync("input", "null");
        var ended = await CliProcess.EndAsync(serving, "pipeline server");

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["[6,", "[7,"], (await ListAsync(redis, "output")).Select(response => response[..3]));
        Assert.False(await redis.Database.KeyExistsAsync($"headrace:{run}:pipeline:taken"));
    }

    private static string HostOf(RedisServer redis) => $"127.0.0.1:{redis.Port}";

    private static async Task<IReadOnlyList<string>> ListAsync(RedisServer redis, string key) =>
        [.. (await redis.Database.ListRangeAsync(key)).Select(value => value.ToString())];
}
