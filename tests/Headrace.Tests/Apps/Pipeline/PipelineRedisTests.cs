using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headrace.Tests.Architecture;
using Headrace.Tests.Bridges;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using StackExchange.Redis;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Runs the pipeline and the method server over a Redis process, in the form of the seed.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineRedisTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_tools_of_the_seed_are_the_other_end_of_the_method_server()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        using var serving = server.StartCli([], "pipeline", "server", "--redis", HostOf(redis), "--scale", "0.01");

        Assert.Equal("Pushed 100 to input\n", await ToolAsync(redis, "pump.py", "-i", "-p", "100"));
        var pulled = await ToolAsync(redis, "pull.py");
        await redis.Database.ListRightPushAsync("input", ["nonsense", "{\"method\":\"DFT\",\"param\":1}", "7"]);
        var answered = new[]
        {
            await ToolAsync(redis, "pull.py"),
            await ToolAsync(redis, "pull.py"),
            await ToolAsync(redis, "pull.py"),
        };
        Assert.Equal("Pulled None\n", await ToolAsync(redis, "pull.py", "-t", "1"));
        Assert.Equal("Pushed None to input\n", await ToolAsync(redis, "pump.py", "-i", "-p", "None"));
        var ended = await CliProcess.EndAsync(serving, "pipeline server");

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Matches(@"^Pulled \[100, \d+\]\n$", pulled);
        Assert.Contains(answered, text => text.Contains("'bad-message'", StringComparison.Ordinal));
        Assert.Contains(answered, text => text.Contains("Registered methods: simulate.", StringComparison.Ordinal));
        Assert.Contains(answered, text => text.StartsWith("Pulled [7, ", StringComparison.Ordinal));
        Assert.Equal(0, await redis.Database.ListLengthAsync("input"));
        Assert.Empty(await KeysAsync(redis, "headrace:*:published"));
        Assert.Empty(await KeysAsync(redis, "headrace:*:taken"));
    }

    [Fact]
    public async Task A_blocking_pipeline_takes_the_numbers_of_a_list_until_null()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        using var pipeline = server.StartCli(
            [],
            "pipeline",
            "-b",
            "--redis",
            HostOf(redis),
            "--scale",
            "0.01",
            "--seed",
            "1"
        );

        await ToolAsync(redis, "pump.py", "-p", "40");
        Assert.Equal(0, (await server.CliAsync("pump", "-p", "41", "--redis", HostOf(redis))).Code);
        await redis.Database.ListRightPushAsync("pipeline", "\"42\"");
        // The pipeline reads nothing behind the stop message, so it must have sent 100 to itself before.
        await Eventually.SeesAsync(
            "the chain of 100",
            async () =>
                (await server.CliAsync("jobs", "list", "--filter", "tag:param=100", "--json")).Out is { } list
                && list.Contains("param=100", StringComparison.Ordinal)
                    ? list
                    : null
        );
        Assert.Equal(0, (await server.CliAsync("pump", "-p", "None", "--redis", HostOf(redis))).Code);
        var ended = await CliProcess.EndAsync(pipeline, "pipeline -b");

        Assert.True(ended.Code == 0, ended.Error);
        var steps = PipelineScene.Steps(ended.Out);
        PipelineScene.AssertWhole(steps);
        Assert.Equal(
            [0L, 1, 2, 3, 40, 41, 100],
            steps.Where(step => step.Step == "simulate" && !step.Chain.Contains('.')).Select(step => step.Param).Order()
        );
        var dead = JsonElement.Parse((await redis.Database.ListLeftPopAsync("pipeline.dead")).ToString());
        Assert.Equal("\"42\"", dead.GetProperty("message").GetString());
        Assert.Contains("no request", dead.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_have_the_form_of_the_seed_and_a_pull_says_when_there_is_none()
    {
        await using var redis = await RedisServer.StartAsync();

        var pushed = await CliProcess.RunAsync("pump", "-p", "-5", "--redis", HostOf(redis));
        await CliProcess.RunAsync("pump", "-i", "-p", "6", "--redis", redis.Address);
        await CliProcess.RunAsync("pump", "-p", "None", "--redis", HostOf(redis));
        await redis.Database.ListRightPushAsync("output", "[6, 7]");
        var pulled = await CliProcess.RunAsync("pull", "--redis", HostOf(redis));
        var none = await CliProcess.RunAsync("pull", "-t", "0.2", "--redis", HostOf(redis));

        Assert.Equal("Pushed -5 to the Redis list 'pipeline'.\n", pushed.Error);
        Assert.Equal(["-5", "null"], await ListAsync(redis, "pipeline"));
        Assert.Equal(["6"], await ListAsync(redis, "input"));
        Assert.Equal("[6, 7]\n", pulled.Out);
        Assert.Equal((124, ""), (none.Code, none.Out));
        Assert.Contains("No response arrived in 'output' within 0.2 s.", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_request_has_one_response_although_Redis_or_the_method_server_is_killed(bool killsRedis)
    {
        const int Requests = 20;
        await using var redis = await RedisServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        await redis.Database.ListRightPushAsync(
            "input",
            [.. Enumerable.Range(0, Requests).Select(i => (RedisValue)i.ToString(CultureInfo.InvariantCulture))]
        );
        var serving = Start();
        for (var part = 3; part <= 9; part += 3)
        {
            await Eventually.SeesAsync(
                $"{part} responses",
                async () => await redis.Database.ListLengthAsync("output") >= part ? "some" : null,
                Eventually.WithProcesses
            );
            if (killsRedis)
            {
                await redis.KillAsync();
                await redis.StartAgainAsync();
            }
            else
            {
                serving.Kill();
                await serving.WaitForExitAsync(Stop);
                serving.Dispose();
                serving = Start();
            }
        }
        await redis.Database.ListRightPushAsync("input", "null");
        var ended = await CliProcess.EndAsync(serving, "pipeline server");
        serving.Dispose();

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(
            Enumerable.Range(0, Requests),
            (await ListAsync(redis, "output")).Select(response => JsonElement.Parse(response)[0].GetInt32()).Order()
        );
        Assert.Empty(await KeysAsync(redis, "headrace:*:taken"));

        Process Start() =>
            server.StartCli([], "pipeline", "server", "--redis", HostOf(redis), "--scale", "0.05", "--seed", "2");
    }

    [Fact]
    public async Task A_Redis_that_cannot_be_used_is_named_with_the_cause()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "secret");
        await using var server = await RunningServer.StartAsync("--store", "memory");
        var right = server.Write("right", "secret\n"u8.ToArray());
        var wrong = server.Write("wrong", "guess\n"u8.ToArray());
        await redis.Database.StringSetAsync("output", "text");

        var unreachable = await server.CliAsync("pull", "--redis", $"127.0.0.1:{RedisServer.FreePort()}");
        var without = await server.CliAsync("pump", "-p", "1", "--redis", HostOf(redis));
        var refused = await RunAsync(wrong, "pump", "-p", "1");
        var accepted = await RunAsync(right, "pump", "-p", "1");
        var otherType = await RunAsync(right, "pull");
        var serverOtherType = await RunAsync(right, "pipeline", "server");

        Assert.Equal((3, 3, 3, 0), (unreachable.Code, without.Code, refused.Code, accepted.Code));
        Assert.Contains("cannot be reached", unreachable.Error, StringComparison.Ordinal);
        Assert.Contains("password", without.Error, StringComparison.Ordinal);
        Assert.Contains("Set the correct ones: --redis-password-file.", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", refused.Error, StringComparison.Ordinal);
        Assert.Equal((3, 3), (otherType.Code, serverOtherType.Code));
        Assert.Contains("a different type", otherType.Error, StringComparison.Ordinal);
        Assert.Contains("'output'", serverOtherType.Error, StringComparison.Ordinal);

        Task<CliProcess> RunAsync(string password, params string[] arguments) =>
            server.CliAsync([.. arguments, "--redis", HostOf(redis), "--redis-password-file", password]);
    }

    [Fact]
    public async Task A_Redis_that_keeps_nothing_on_disk_is_reported_with_the_risk()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var server = await RunningServer.StartAsync();
        await redis.Database.ListRightPushAsync("input", "null");

        var ended = await server.CliAsync("pipeline", "server", "--redis", HostOf(redis));

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Contains("keeps its data in memory only", ended.Error, StringComparison.Ordinal);
    }

    private static string HostOf(RedisServer redis) => $"127.0.0.1:{redis.Port}";

    private static async Task<IReadOnlyList<string>> ListAsync(RedisServer redis, string list) =>
        [.. (await redis.Database.ListRangeAsync(list)).Select(value => value.ToString())];

    private static async Task<IReadOnlyList<string>> KeysAsync(RedisServer redis, string pattern) =>
        [.. ((RedisValue[])(await redis.Database.ExecuteAsync("KEYS", pattern))!).Select(key => key.ToString())];

    private static async Task<string> ToolAsync(RedisServer redis, string script, params string[] arguments)
    {
        var path = Path.Combine(Repository.Root, "samples", "seed003", script);
        var start = new ProcessStartInfo(
            "/usr/bin/python3",
            [path, .. arguments, "--redisport", redis.Port.ToString(CultureInfo.InvariantCulture)]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var tool = Process.Start(start)!;
        var ended = await CliProcess.EndAsync(tool, script);
        Assert.True(ended.Code == 0, ended.Error);
        return ended.Out;
    }
}
