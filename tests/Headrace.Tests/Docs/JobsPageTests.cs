using Headrace.Commands;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Executes the commands of docs/jobs.md about retention and queues, in their order, against a server with one ended
/// job.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class JobsPageTests
{
    private const string FirstHeading = "## How long ended jobs are kept";

    [Fact]
    public async Task Every_command_about_retention_and_queues_is_accepted()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop", "--queue", "eu");
        var commands = Repository
            .Read("docs/jobs.md")[Repository.Read("docs/jobs.md").IndexOf(FirstHeading, StringComparison.Ordinal)..]
            .Split('\n')
            .Where(line => line.StartsWith("headrace ", StringComparison.Ordinal))
            .Select(line => line.Split(" #")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..])
            .ToList();

        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var ran = await server.CliAsync(command);
            // The page names the jobs 42 and 43, which this server does not have.
            Assert.True(
                ran.Code == ExitCode.Done || (ran.Code == ExitCode.NotFound && command.Contains("42")),
                $"'{string.Join(' ', command)}' ended with {ran.Code}: {ran.Error}"
            );
        }
    }
}
