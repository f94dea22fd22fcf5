using Headrace.Commands;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Executes the commands of docs/jobs.md, in their order, against a server with one ended job.</summary>
[Trait("Needs", "Servers")]
public sealed class JobsPageTests
{
    [Fact]
    public async Task Every_command_of_the_page_is_accepted()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("run", "noop", "--queue", "eu");
        var commands = Repository
            .Read("docs/jobs.md")
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
