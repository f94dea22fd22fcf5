using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Starts programs beside, before and after others that work on the same queue.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineHoldTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_method_server_whose_feed_is_deleted_says_so_and_ends_and_the_next_one_answers_every_request()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = PipelineScene.Connect(server);
        using var first = server.StartCli([], "pipeline", "server", "--scale", "0.01");
        var feed = await PipelineScene.WaitForRunAsync(server);

        await client.Feeds.DeleteAsync(feed, Stop);
        await server.CliAsync("pump", "-i", "-p", "6");
        var ended = await CliProcess.EndAsync(first, "the first server");
        using var second = server.StartCli([], "pipeline", "server", "--scale", "0.01");
        var pulled = await server.CliAsync("pull", "-t", "100");
        await server.CliAsync("pump", "-i", "-p", "None");
        var last = await CliProcess.EndAsync(second, "the second server");

        Assert.Equal(6, ended.Code);
        Assert.Contains($"The feed '{feed}'", ended.Error, StringComparison.Ordinal);
        Assert.StartsWith("[6,", pulled.Out, StringComparison.Ordinal);
        Assert.True(last.Code == 0, last.Error);
    }

    [Fact]
    public async Task A_second_program_says_that_another_one_works_on_the_queue_and_exits()
    {
        await using var server = await RunningServer.StartAsync();
        using var first = server.StartCli([], "pipeline", "-b", "--scale", "0.01");
        var before = await PipelineScene.ReadUntilAsync(first, "\t100\t");

        var second = await server.CliAsync("pipeline", "-b");
        await server.CliAsync("pump", "-p", "None");
        var ended = await CliProcess.EndAsync(first, "the first pipeline");

        Assert.Equal(6, second.Code);
        Assert.Contains("Another program works on the queue 'pipeline'.", second.Error, StringComparison.Ordinal);
        Assert.True(ended.Code == 0, ended.Error);
        PipelineScene.AssertWhole(PipelineScene.Steps(before + ended.Out));
    }

    [Fact]
    public async Task A_program_that_starts_while_the_one_before_ends_begins_a_run_of_its_own()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = PipelineScene.Connect(server);
        using var first = server.StartCli([], "pipeline", "server", "--scale", "1");
        await PipelineScene.WaitForRunAsync(server);
        await server.CliAsync("pump", "-i", "-p", "1");
        await server.CliAsync("pump", "-i", "-p", "None");
        // The first server has taken the stop message, and still runs the request.
        await Eventually.SeesAsync(
            "an empty queue",
            async () => (await client.GetQueueAsync("input", Stop)).Jobs == 0 ? "empty" : null,
            Eventually.WithProcesses
        );

        using var second = server.StartCli([], "pipeline", "server", "--scale", "0.01");
        var firstEnd = await CliProcess.EndAsync(first, "the first server");
        await server.CliAsync("pump", "-i", "-p", "2");
        var pulled = new[] { await server.CliAsync("pull", "-t", "100"), await server.CliAsync("pull", "-t", "100") };
        await server.CliAsync("pump", "-i", "-p", "None");
        var secondEnd = await CliProcess.EndAsync(second, "the second server");

        Assert.True(firstEnd.Code == 0, firstEnd.Error);
        Assert.True(secondEnd.Code == 0, secondEnd.Error);
        Assert.DoesNotContain("interrupted", secondEnd.Error, StringComparison.Ordinal);
        Assert.Equal(["[1,", "[2,"], pulled.Select(response => response.Out[..3]));
        Assert.Empty((await client.Feeds.ListAsync(cancellationToken: Stop)).Feeds);
        Assert.Equal(0, (await client.GetQueueAsync("input.run", Stop)).Jobs);
    }
}
