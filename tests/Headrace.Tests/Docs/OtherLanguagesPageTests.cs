using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands in docs/r-and-octave.md, and compares the files that the page shows with the samples.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class OtherLanguagesPageTests
{
    private const string Document = "docs/r-and-octave.md";

    [Fact]
    public async Task Every_command_produces_the_printed_output() =>
        Assert.InRange(await DocumentCommands.RunAsync(Document), 3, int.MaxValue);

    [Theory]
    [InlineData("r fit", "samples/r/fit.R")]
    [InlineData("matlab heat", "samples/octave/heat.m")]
    public void The_script_shown_is_in_the_sample(string block, string sample)
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), one => one.Info == block);

        Assert.Contains(shown.Text, Repository.Read(sample), StringComparison.Ordinal);
    }
}
