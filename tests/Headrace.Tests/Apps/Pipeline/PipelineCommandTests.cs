using System.Text.Json;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Runs <c>headrace pipeline</c> over the queues of the server, without a Redis.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_pipeline_starts_four_chains_and_that_of_its_own_message_and_ends_with_the_last_one()
    {
        await using var server = await RunningServer.StartAsync();

        var ended = await server.CliAsync("pipeline", "--scale", "0.01", "--seed", "1", "-d", "-m");
        var again = await server.CliAsync("pipeline", "--scale", "0.01", "--seed", "1", "--json");

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Contains("All done", ended.Error, StringComparison.Ordinal);
        var steps = PipelineScene.Steps(ended.Out);
        PipelineScene.AssertWhole(steps);
        Assert.Equal(
            [0L, 1, 2, 3, 100],
            steps.Where(step => step.Step == "simulate" && !step.Chain.Contains('.')).Select(step => step.Param).Order()
        );
        // The seed makes the values functions of their parameters, so a second run has the same steps.
        Assert.Equal(
            steps.Where(step => step.Step == "simulate").Select(step => (step.Param, step.Text)).Order(),
            again
                .Lines.Select(line => JsonElement.Parse(line))
                .Where(line => line.GetProperty("step").GetString() == "simulate")
                .Select(line => (line.GetProperty("param").GetInt64(), line.GetProperty("text").GetString()!))
                .Order()
        );
        using var client = PipelineScene.Connect(server);
        Assert.Empty((await client.Feeds.ListAsync(cancellationToken: Stop)).Feeds);
    }

    [Fact]
    public async Task A_blocking_pipeline_takes_messages_until_a_stop_message_of_its_own_kind()
    {
        await using var server = await RunningServer.StartAsync();
        using var pipeline = server.StartCli([], "pipeline", "-b", "--scale", "0.01", "--seed", "1");
        var before = await PipelineScene.ReadUntilAsync(pipeline, "\t100\t");

        foreach (var param in new[] { "7", "-8" })
            Assert.Equal(0, (await server.CliAsync("pump", "-p", param)).Code);
        await server.CliAsync("messages", "put", "pipeline", "nonsense", "9");
        Assert.Equal(0, (await server.CliAsync("pump", "-p", "None")).Code);
        // Behind the stop message: it stays in the queue for the next pipeline.
        Assert.Equal(0, (await server.CliAsync("pump", "-p", "11")).Code);
        var ended = await CliProcess.EndAsync(pipeline, "pipeline -b");

        Assert.True(ended.Code == 0, ended.Error);
        Assert.Contains("is rejected: The message 'nonsense' is not JSON", ended.Error, StringComparison.Ordinal);
        var steps = PipelineScene.Steps(before + ended.Out);
        PipelineScene.AssertWhole(steps);
        Assert.Equal(
            [-8L, 0, 1, 2, 3, 7, 9, 100],
            steps.Where(step => step.Step == "simulate" && !step.Chain.Contains('.')).Select(step => step.Param).Order()
        );
        using var client = PipelineScene.Connect(server);
        Assert.Equal(1, (await client.GetQueueAsync("pipeline", Stop)).Jobs);
    }

    [Fact]
    public async Task A_killed_pipeline_continues_every_chain_and_repeats_no_job()
    {
        await using var server = await RunningServer.StartAsync();
        var (output, kills) = ("", 0);
        string[] arguments = ["pipeline", "--scale", "0.3", "--seed", "3"];
        for (var until = 2; kills < 3; until += 2)
        {
            using var killed = server.StartCli([], arguments);
            for (var lines = 0; lines < until && await killed.StandardOutput.ReadLineAsync(Stop) is { } line; lines++)
                output += line + "\n";
            killed.Kill();
            await killed.WaitForExitAsync(Stop);
            output += await killed.StandardOutput.ReadToEndAsync(Stop);
            kills++;
            if (kills == 2)
            {
                await server.KillAsync();
                await server.StartAgainAsync();
            }
        }

        // Other options than those of the run have no effect on it.
        var ended = await server.CliAsync("pipeline", "--seed", "4", "--scale", "100");

        Assert.True(ended.Code == 0, ended.Error);
        // A kill between the printing of a step and its acknowledgement prints it again.
        var steps = PipelineScene.Steps(output + ended.Out).Distinct().ToList();
        PipelineScene.AssertWhole(steps);
        Assert.Equal(5, steps.Count(step => step.Step == "simulate" && !step.Chain.Contains('.')));
        using var client = PipelineScene.Connect(server);
        var jobs = await client.ListJobsAsync("queue:pipeline.jobs", Stop).ToListAsync(Stop);
        Assert.Equal(steps.Count, jobs.Count);
    }

    [Fact]
    public async Task A_simulation_that_crashes_hangs_or_writes_rubbish_stops_its_chain_and_no_other()
    {
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallFlakyAsync(server);
        int[] harmful =
        [
            PipelineScene.Crashes,
            PipelineScene.Hangs,
            PipelineScene.WritesRubbish,
            PipelineScene.CrashesOnce,
            PipelineScene.WritesRubbishOnce,
        ];
        foreach (var param in harmful)
            await server.CliAsync("pump", "-p", $"{param}");

        var ended = await server.CliAsync("pipeline", "--method", "flaky", "--retries", "1");

        Assert.True(ended.Code == 1, ended.Error);
        Assert.Contains("Chains that failed: 3", ended.Error, StringComparison.Ordinal);
        var steps = PipelineScene.Steps(ended.Out);
        AssertStopped(PipelineScene.Crashes, "failed (poison)");
        AssertStopped(PipelineScene.Hangs, "failed (timeout)");
        AssertStopped(PipelineScene.WritesRubbish, "succeeded, but its result is neither");
        long[] harmless = [0, 1, 2, 3, 100, PipelineScene.CrashesOnce];
        string[] whole = ["value 7", "cached 7", "odd, the chain ends"];
        foreach (var param in harmless)
            Assert.Equal(whole, TextsOf(param));
        var repeated = TextsOf(PipelineScene.WritesRubbishOnce);
        Assert.EndsWith("'nonsense'; repeated, try 2 of 3", repeated[0], StringComparison.Ordinal);
        Assert.Equal(whole, repeated[1..]);

        string[] TextsOf(long param) => [.. steps.Where(step => step.Param == param).Select(step => step.Text)];

        void AssertStopped(int param, string text)
        {
            var last = steps.Last(step => step.Param == param);
            Assert.StartsWith(text, last.Text, StringComparison.Ordinal);
            Assert.EndsWith($"chain {last.Chain} stops at simulate", last.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_pipelines_with_different_names_do_not_meet()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(0, (await server.CliAsync("pump", "-p", "50", "--to", "left")).Code);

        using var left = server.StartCli([], "pipeline", "--name", "left", "--scale", "0.01");
        using var right = server.StartCli([], "pipeline", "--name", "right", "--scale", "0.01");
        var leftEnd = await CliProcess.EndAsync(left, "left");
        var rightEnd = await CliProcess.EndAsync(right, "right");

        Assert.Equal((0, 0), (leftEnd.Code, rightEnd.Code));
        Assert.Equal(6, Origins(leftEnd));
        Assert.Equal(5, Origins(rightEnd));

        static int Origins(CliProcess ended) =>
            PipelineScene.Steps(ended.Out).Select(step => step.Chain.Split('.')[0]).Distinct().Count();
    }

    [Fact]
    public async Task A_run_whose_first_job_is_rejected_leaves_nothing_behind()
    {
        await using var server = await RunningServer.StartAsync();

        var unknown = await server.CliAsync("pipeline", "--method", "no-such-method");
        var unfit = await server.CliAsync("pipeline", "--method", "benchop-test");
        var ended = await server.CliAsync("pipeline", "--scale", "0.01");

        Assert.Equal((5, 2, 0), (unknown.Code, unfit.Code, ended.Code));
        Assert.DoesNotContain("interrupted", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--scale -1", "--scale is -1. Use a number from 0 to 1000.")]
    [InlineData("--seed -1", "--seed is -1. Use a whole number from 0.")]
    [InlineData("--method NWChem", "--method is 'NWChem', which is not valid.")]
    [InlineData("--name A", "--name is 'A', which is not valid.")]
    [InlineData("--redis x:y", "'x:y'")]
    [InlineData("--redis amqp://x", "not a Redis")]
    [InlineData("--redis-password-file x", "needs --redis")]
    public async Task Invalid_options_are_refused_with_the_value(string options, string message)
    {
        await using var server = await RunningServer.StartAsync("--store", "memory");

        var ended = await server.CliAsync(["pipeline", .. options.Split(' ')]);

        Assert.Equal(2, ended.Code);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "abc",
        "-p is 'abc', which is not valid. Use a whole number from -9007199254740991 to 9007199254740991, or None to "
            + "stop."
    )]
    [InlineData("9007199254740992", "-p is '9007199254740992', which is not valid.")]
    [InlineData("1.5", "-p is '1.5', which is not valid.")]
    [InlineData("none", "-p is 'none', which is not valid.")]
    public async Task A_parameter_that_is_not_valid_is_refused_before_it_is_sent(string param, string message)
    {
        var ended = await CliProcess.RunAsync("pump", "-p", param);

        Assert.Equal(2, ended.Code);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
    }
}
