using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands of docs/methods-in-csharp.md that create a project, in an empty folder. The checkout is not moved
/// to <c>../headrace</c>, and the projects to which the new one refers are not built again.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class OwnProjectTests
{
    private const string Document = "docs/methods-in-csharp.md";

    // No compiler or build process of the SDK outlives the test.
    private const string Setup =
        "unset ${!MSBUILD*}; export MSBUILDDISABLENODEREUSE=1; mkdir -p $HOME/projects; cd $HOME/projects; ";

    private const string RunAlone = "dotnet run -p:BuildProjectReferences=false -p:UseSharedCompilation=false ";

    [Fact]
    public async Task The_commands_create_a_worker_that_runs_its_methods()
    {
        var blocks = CodeBlock
            .In(Repository.Read(Document).Replace("../headrace", Repository.Root, StringComparison.Ordinal))
            .ToList();
        var create = blocks.FindIndex(block => block.Text.Contains("dotnet new", StringComparison.Ordinal));
        Assert.Equal(["sh", "sh stays", "text"], blocks.Skip(create).Take(3).Select(block => block.Info));
        await using var shell = new CheckoutShell();
        await shell.StartAsync("./headrace up --port 0 --workers 0", ["Headrace is listening on …"]);

        await shell.RunAsync(Setup + blocks[create].Text);
        await shell.StartAsync(
            Setup + blocks[create + 1].Text.Replace("dotnet run ", RunAlone, StringComparison.Ordinal),
            blocks[create + 2].Text.Split('\n')
        );

        Assert.Equal("49", await shell.RunAsync("./headrace run square x=7"));
    }
}
