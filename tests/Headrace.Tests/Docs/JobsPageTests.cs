using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Executes the commands in docs/jobs.md as printed, in order, in one shell. Every command must succeed.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class JobsPageTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_command_of_the_page_succeeds_as_printed()
    {
        var blocks = CodeBlock.In(Repository.Read("docs/jobs.md"));
        Assert.All(blocks, block => Assert.Equal("sh", block.Info));
        await using var server = await RunningServer.StartAsync();
        server.Write(
            "README.md",
            await File.ReadAllBytesAsync(
                Path.Combine(Repository.Root, "README.md"),
                TestContext.Current.CancellationToken
            )
        );
        // The shell writes each command to standard error before executing it.
        var script =
            $"headrace() {{ \"$0\" \"$@\"; }}\nset -euxo pipefail\n{string.Join('\n', blocks.Select(b => b.Text))}";

        using var shell = CliProcess.StartShell(server.Home, script);
        var ended = await CliProcess.EndAsync(shell, "docs/jobs.md", Deadline);

        Assert.True(ended.Code == 0, $"The last of these commands ended with {ended.Code}:\n{ended.Error}");
    }
}
