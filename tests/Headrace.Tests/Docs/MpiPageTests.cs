using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands in docs/mpi.md as printed, in order, in an empty home directory. Only the port of the server
/// differs. The packages that the page installs are the same as those in tests/install.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class MpiPageTests
{
    private const string Document = "docs/mpi.md";

    /// <summary>The files that the commands write into the checkout.</summary>
    private static readonly string[] Written = ["numbers", "range", "samples/mpi-c/pi", "samples/mpi-c/primes"];

    [Fact]
    public async Task Every_command_produces_the_printed_output()
    {
        var blocks = CodeBlock.In(Repository.Read(Document));
        await using var shell = new CheckoutShell();
        var ran = 0;
        try
        {
            foreach (var (i, block) in blocks.Index())
            {
                var printed = i + 1 < blocks.Count && blocks[i + 1].Info == "text" ? blocks[i + 1].Text : null;
                if (block.Info == "sh stays")
                    await shell.StartAsync(
                        block.Text.Replace(" up ", " up --port 0 ", StringComparison.Ordinal),
                        [
                            .. printed!
                                .Replace(":8080", $":{PrintedOutput.Wildcard}", StringComparison.Ordinal)
                                .Split('\n'),
                        ]
                    );
                else if (block.Info == "sh")
                {
                    var output = await shell.RunAsync(block.Text);
                    if (printed is not null)
                        PrintedOutput.AssertMatches(printed, output, $"{Document} line {block.Line}");
                }
                else
                    continue;
                ran++;
            }
        }
        finally
        {
            foreach (var file in Written)
                File.Delete(Path.Combine(Repository.Root, file));
        }
        Assert.InRange(ran, 4, int.MaxValue);
    }

    [Fact]
    public void The_page_installs_packages_that_the_tests_install()
    {
        var install = Repository.Read("tests/install");
        var once = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "sh once");

        var packages = once.Text.Split(' ').SkipWhile(word => word != "--no-install-recommends").Skip(1).ToList();
        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.Contains(package, install, StringComparison.Ordinal));
    }
}
