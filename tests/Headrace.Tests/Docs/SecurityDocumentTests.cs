using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands of docs/security.md as printed, in order, against a server of a user with an empty home directory.
/// The <c>text</c> block after a command is its standard output. A block marked <c>sh fails</c> must fail, and the text
/// after it is what it writes to standard error.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class SecurityDocumentTests
{
    private const string Document = "docs/security.md";

    [Fact]
    public async Task The_commands_produce_the_printed_output()
    {
        var blocks = CodeBlock.In(Repository.Read(Document));
        await using var shell = new CheckoutShell();
        await shell.StartAsync(
            "./headrace up --port 0 --workers 1 --store memory",
            ["Headrace is listening on http://127.0.0.1:…", "Workers   1 local, joined"]
        );
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            if (block.Info is not ("sh" or "sh fails"))
                continue;
            var script = $"headrace() {{ ./headrace \"$@\"; }}\n{block.Text}";
            var output = await shell.RunAsync(block.Info == "sh" ? script : Failing(script));
            if (i + 1 < blocks.Count && blocks[i + 1].Info == "text")
                PrintedOutput.AssertMatches(blocks[i + 1].Text, output, $"{Document} line {block.Line}");
            ran++;
        }
        Assert.InRange(ran, 8, int.MaxValue);
    }

    /// <summary>
    /// Returns a script that succeeds if this one fails, and writes its standard error to standard output.
    /// </summary>
    private static string Failing(string script) => $"if ( {script} ) 2>&1 >/dev/null; then exit 1; fi";
}
