using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests shell completion for names that the server knows.</summary>
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

        await SeesAsync(server, "headrace run ", found => found.Contains("sha512"));
        await SeesAsync(server, "headrace submit sha", found => found is ["sha512"]);
        await SeesAsync(server, "headrace methods show sha", found => found is ["sha512"]);
        await SeesAsync(server, "headrace submit noop --queue ", found => found is ["asia", "europe"]);
        await SeesAsync(server, "headrace wait --queue eu", found => found is ["europe"]);
        await SeesAsync(server, "headrace results latest --queue eu", found => found is ["europe"]);
        await SeesAsync(server, "headrace queues show eu", found => found is ["europe"]);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run", "--help")]
    [InlineData("submit", "--help")]
    [InlineData("methods", "show", "--help")]
    [InlineData("queues", "show", "--help")]
    public async Task Help_shows_the_same_text_with_and_without_a_server(params string[] arguments)
    {
        await using var server = await RunningServer.StartAsync();
        await SeesAsync(server, "headrace submit sha", found => found is ["sha512"]);

        var (with, without) = (await server.CliAsync(arguments), await CliProcess.RunAsync(arguments));

        Assert.Equal((0, without.Out), (with.Code, with.Out));
        Assert.DoesNotContain("sha512|", with.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_reply_delays_the_completion_only_briefly_and_silently()
    {
        await using var server = await RunningServer.StartAsync();
        server.Suspend();

        // If a server does not reply, completion gives up much sooner than other commands do.
        Assert.Empty(await CompleteAsync(server, "headrace methods show sha"));
    }

    [Fact]
    public async Task Without_a_server_no_names_are_completed_and_nothing_is_printed()
    {
        var completed = await CliProcess.RunAsync(Suggest("headrace methods show sha"), "headrace methods show sha");

        Assert.Equal((0, "", ""), (completed.Code, completed.Out.Trim(), completed.Error));
    }

    /// <summary>
    /// Requests the completion of a line until the result is as expected, because on a busy machine the server may not
    /// reply in time.
    /// </summary>
    private static Task<string[]> SeesAsync(RunningServer server, string line, Predicate<string[]> isExpected) =>
        Eventually.SeesAsync(
            $"the completion of '{line}'",
            async () => await CompleteAsync(server, line) is var found && isExpected(found) ? found : null,
            Eventually.WithProcesses
        );

    private static async Task<string[]> CompleteAsync(RunningServer server, string line)
    {
        var completed = await server.CliAsync(Suggest(line), line);
        Assert.Equal((0, ""), (completed.Code, completed.Error));
        return completed.Lines;
    }

    /// <summary>Returns the argument with which the completion scripts call the program.</summary>
    private static string Suggest(string line) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[suggest:{line.Length}]");
}
