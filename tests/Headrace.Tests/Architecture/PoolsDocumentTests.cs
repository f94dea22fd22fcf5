using Headrace.Server.Pools.Describing;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs the commands in docs/pools.md as printed, in order, with two differences: the server listens on a free port,
/// and the sample is not built, because the test build has already built it.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PoolsDocumentTests
{
    private const string Document = "docs/pools.md";
    private const string Build = "dotnet build samples/dotnet-pool -c Release";

    [Fact]
    public async Task The_commands_produce_the_printed_output()
    {
        var blocks = CodeBlock.In(Repository.Read(Document));
        await using var shell = new CheckoutShell();
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            if (block.Info is not ("sh" or "sh stays") || block.Text == Build)
                continue;
            var printed = blocks[i + 1];
            Assert.Equal("text", printed.Info);
            if (block.Info == "sh")
                PrintedOutput.AssertMatches(
                    printed.Text,
                    await shell.RunAsync(block.Text),
                    $"{Document} line {block.Line}"
                );
            else
                await shell.StartAsync(
                    block.Text + " --port 0",
                    [
                        .. printed
                            .Text.Replace(":8080", $":{PrintedOutput.Wildcard}", StringComparison.Ordinal)
                            .Split('\n'),
                    ]
                );
            ran++;
        }
        Assert.Equal(4, ran);
    }

    [Fact]
    public void The_settings_and_the_description_shown_are_valid()
    {
        var shown = CodeBlock.In(Repository.Read(Document)).Where(block => block.Info == "json").ToList();

        Assert.Equal(Repository.Read("samples/dotnet-pool/headrace.json").TrimEnd(), shown[0].Text);
        var description = ProgramDescription.Read(shown[1].Text);
        Assert.Equal("score", Assert.Single(description.Offers).Method.Text);
        Assert.Empty(description.Invalid);
        Assert.Contains(CodeBlock.In(Repository.Read(Document)), block => block.Text == Build);
    }
}
