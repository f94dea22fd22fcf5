using System.Globalization;
using System.Text;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Runs commands in a pseudo terminal, as a user does.</summary>
[Trait("Needs", "Servers")]
public sealed class TerminalUseTests
{
    private const string Hostile = "a\u001b]0;pwned\u0007b";

    [Fact]
    public async Task A_result_with_escape_codes_is_harmless_in_a_terminal_and_unchanged_in_a_pipe()
    {
        await using var server = await RunningServer.StartAsync();
        var file = server.Write("hostile.txt", Encoding.UTF8.GetBytes(Hostile));
        var id = (
            await server.CliAsync("submit", "noop", "--input", file, "--content-type", "text/plain", "--wait")
        ).Out.Trim();

        var piped = await server.CliAsync("results", "get", id);
        var shown = await InTerminalAsync(server, $"results get {id}");

        Assert.Equal(Hostile, piped.Out);
        Assert.Contains("a ]0;pwned b", shown, StringComparison.Ordinal);
        // The framework itself may switch the keyboard mode of the terminal.
        Assert.DoesNotContain("\u001b]", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobs list")]
    [InlineData("results latest")]
    [InlineData("queues list")]
    [InlineData("workers list")]
    [InlineData("methods list")]
    [InlineData("store usage")]
    [InlineData("config show")]
    public async Task The_first_column_and_all_states_times_and_numbers_are_complete_in_a_narrow_terminal(
        string command
    )
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop", "--queue", "a-queue-with-a-long-name");
        var piped = (await server.CliAsync(command.Split(' '))).Lines.Select(line => line.Split('\t')).ToList();

        var shown = await InTerminalAsync(server, command);

        Assert.NotEmpty(piped);
        Assert.All(piped, cells => Assert.Contains(cells[0], shown, StringComparison.Ordinal));
        // The times shown for the jobs do not change between the two commands.
        if (command is "jobs list" or "results latest")
            Assert.All(
                piped.SelectMany(cells => cells).Where(IsTime),
                time => Assert.Contains(time, shown, StringComparison.Ordinal)
            );
        foreach (var state in (string[])["succeeded", "open"])
            if (piped.Any(cells => cells.Contains(state)))
                Assert.Contains(state, shown, StringComparison.Ordinal);
    }

    private static bool IsTime(string cell) =>
        DateTime.TryParseExact(
            cell,
            "yyyy-MM-dd HH:mm:ss'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out _
        );

    /// <summary>Returns the text that a command writes to a terminal with 60 columns.</summary>
    private static async Task<string> InTerminalAsync(RunningServer server, string command)
    {
        using var shell = CliProcess.StartShell(
            server.Home,
            $"script -qec \"stty cols 60; '$0' {command}\" /dev/null < /dev/null"
        );
        var run = await CliProcess.EndAsync(shell, command);
        Assert.True(run.Code == 0, run.Out + run.Error);
        return run.Out;
    }
}
