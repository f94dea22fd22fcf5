using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests that commands waiting for a job state what the job is waiting for. A command that prints nothing looks as if
/// it hung.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class WaitingCommandTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("run noop --at 1h", "Scheduled for")]
    [InlineData("submit noop --at 1h --wait", "Scheduled for")]
    [InlineData("run noop --queue closed", "Queue 'closed' was paused")]
    [InlineData("submit noop --queue closed --wait", "Queue 'closed' was paused")]
    public async Task A_command_that_waits_says_why_while_it_waits(string command, string why)
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("queues", "pause", "closed");
        using var waiting = server.StartCli([], command.Split(' '));

        var note = await waiting
            .StandardError.ReadLineAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.StartsWith("Job ", note, StringComparison.Ordinal);
        Assert.Contains(why, note, StringComparison.Ordinal);
        Signals.Send("INT", waiting.Id);
        Assert.Equal(ExitCode.Interrupted, (await CliProcess.EndAsync(waiting, command)).Code);
    }

    [Fact]
    public async Task A_quiet_command_says_it_only_when_its_own_time_limit_has_passed()
    {
        await using var server = await RunningServer.StartAsync();

        var run = await server.CliAsync("run", "noop", "--at", "1h", "--timeout", "3s", "--quiet");

        Assert.Equal(ExitCode.TimedOut, run.Code);
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("did not end within 3s. Its state is scheduled. Scheduled for", line, StringComparison.Ordinal);
    }
}
