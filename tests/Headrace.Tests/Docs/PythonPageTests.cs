using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Runs the commands in docs/python.md, and compares the files that the page shows with the samples.</summary>
[Trait("Needs", "Servers")]
public sealed class PythonPageTests
{
    private const string Document = "docs/python.md";

    [Fact]
    public async Task Every_command_produces_the_printed_output()
    {
        try
        {
            Assert.InRange(await DocumentCommands.RunAsync(Document), 10, int.MaxValue);
        }
        finally
        {
            // The commands write this file into the checkout.
            File.Delete(Path.Combine(Repository.Root, "score2.py"));
        }
    }

    [Theory]
    [InlineData("score")]
    [InlineData("options")]
    [InlineData("train")]
    [InlineData("review")]
    [InlineData("client")]
    public void The_script_shown_is_in_the_sample(string sample)
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == $"python {sample}");

        Assert.Contains(shown.Text, Repository.Read($"samples/python/{sample}.py"), StringComparison.Ordinal);
    }
}
