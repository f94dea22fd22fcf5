using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests the completion of names that the server knows.</summary>
[Trait("Needs", "Servers")]
public sealed class CompletionTests
{
    [Fact]
    public async Task Names_of_methods_and_queues_are_completed_with_those_that_the_server_knows()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var queue in new[] { "europe", "asia" })
        {
            var submitted = await server.CliAsync("submit", "noop", "--queue", queue);
            Assert.True(submitted.Code == 0, submitted.Error);
        }

        Assert.Contains("sha512", await CompleteAsync(server, "headrace run "));
        Assert.Equal(["sha512"], await CompleteAsync(server, "headrace submit sha"));
        Assert.Equal(["sha512"], await CompleteAsync(server, "headrace methods show sha"));
        Assert.Equal(["asia", "europe"], await CompleteAsync(server, "headrace submit noop --queue "));
        Assert.Equal(["europe"], await CompleteAsync(server, "headrace wait --queue eu"));
        Assert.Equal(["europe"], await CompleteAsync(server, "headrace results latest --queue eu"));
        Assert.Equal(["europe"], await CompleteAsync(server, "headrace queues show eu"));
    }

    [Fact]
    public async Task A_server_that_does_not_reply_delays_the_completion_only_briefly_and_silently()
    {
        await using var server = await RunningServer.StartAsync();
        server.Suspend();

        // The deadline of the process is far below the time-outs of other commands for such a server.
        Assert.Empty(await CompleteAsync(server, "headrace methods show sha"));
    }

    [Fact]
    public async Task Without_a_server_no_names_are_completed_and_nothing_is_printed()
    {
        var completed = await CliProcess.RunAsync(Suggest("headrace methods show sha"), "headrace methods show sha");

        Assert.Equal((0, "", ""), (completed.Code, completed.Out.Trim(), completed.Error));
    }

    private static async Task<string[]> CompleteAsync(RunningServer server, string line)
    {
        var completed = await server.CliAsync(Suggest(line), line);
        Assert.Equal((0, ""), (completed.Code, completed.Error));
        return completed.Lines;
    }

    /// <summary>The argument by which the completion scripts ask the program.</summary>
    private static string Suggest(string line) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[suggest:{line.Length}]");
}
