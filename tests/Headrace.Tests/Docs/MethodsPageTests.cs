using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands in docs/methods.md, and compares the files that the page shows with the samples.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class MethodsPageTests
{
    private const string Document = "docs/methods.md";

    /// <summary>The files that the commands write into the checkout.</summary>
    private static readonly string[] Written =
    [
        "polynomial",
        "samples/c-method/integral",
        "samples/warm-c/word-length",
        "numbers",
        "mean/mean.py",
        "mean/mean.method.json",
    ];

    [Fact]
    public async Task Every_command_produces_the_printed_output()
    {
        try
        {
            Assert.InRange(await DocumentCommands.RunAsync(Document), 8, int.MaxValue);
        }
        finally
        {
            foreach (var file in Written)
                File.Delete(Path.Combine(Repository.Root, file));
            Directory.Delete(Path.Combine(Repository.Root, "mean"));
        }
    }

    [Fact]
    public void The_manifest_shown_is_the_sample()
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "json manifest");

        Assert.Equal(Repository.Read("samples/c-method/integral.method.json").TrimEnd(), shown.Text);
    }

    [Fact]
    public void The_warm_process_shown_is_the_sample_and_has_about_sixty_lines()
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read("docs/warm-protocol.md")), block => block.Info == "c");

        Assert.Equal(Repository.Read("samples/warm-c/word-length.c").TrimEnd(), shown.Text);
        Assert.InRange(shown.Text.Split('\n').Length, 40, 64);
    }
}
