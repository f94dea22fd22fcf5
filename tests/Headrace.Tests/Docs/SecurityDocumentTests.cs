using Headrace.Tests.Architecture;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands in docs/security.md as printed, in order. The server belongs to a user with an empty home
/// directory and listens for network connections on a free port. The <c>text</c> block after a command is its standard
/// output. A block marked <c>fails</c> must fail, and the text after it is its standard error output. The blocks marked
/// <c>provider</c> run separately from the others, because they change the settings of the server.
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
        var printed = await shell.StartAsync(
            "./headrace up --port 0 --listen 127.0.0.1:0 --dev-certificate --workers 1 --store memory",
            ["Network   https://127.0.0.1:…", "Workers   1 local, joined"]
        );
        var port = printed[0][(printed[0].LastIndexOf(':') + 1)..];
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            if (block.Info is not ("sh" or "sh fails" or "sh stays"))
                continue;
            var text = block.Text.Replace(":8443", $":{port}", StringComparison.Ordinal);
            var script = $"headrace() {{ ./headrace \"$@\"; }}\n{text}";
            ran++;
            if (block.Info == "sh stays")
            {
                await shell.StartAsync(script, blocks[i + 1].Text.Split('\n'));
                continue;
            }
            var output = await shell.RunAsync(block.Info == "sh" ? script : Failing(script));
            if (i + 1 < blocks.Count && blocks[i + 1].Info == "text")
                PrintedOutput.AssertMatches(blocks[i + 1].Text, output, $"{Document} line {block.Line}");
        }
        Assert.InRange(ran, 8, int.MaxValue);
    }

    [Fact]
    public async Task The_commands_about_a_provider_produce_the_printed_output_with_a_real_one()
    {
        const string Printed = "https://login.example.com";
        await using var provider = await SmallIssuer.StartAsync();
        var token = provider.Token(descriptor =>
        {
            descriptor.Audience = "headrace";
            descriptor.Claims["email"] = "jan@example.com";
        });
        var blocks = CodeBlock.In(Repository.Read(Document));
        await using var shell = new CheckoutShell();
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            if (!block.Info.StartsWith("sh provider", StringComparison.Ordinal))
                continue;
            if (ran++ == 1)
                await shell.StartAsync(
                    "./headrace up --port 0 --workers 1 --store memory",
                    ["Workers   1 local, joined"]
                );
            var script =
                $"TOKEN={token}\nheadrace() {{ ./headrace \"$@\"; }}\n"
                + block.Text.Replace(Printed, provider.Address, StringComparison.Ordinal);
            var output = await shell.RunAsync(
                block.Info.EndsWith("fails", StringComparison.Ordinal) ? Failing(script) : script
            );
            PrintedOutput.AssertMatches(
                blocks[i + 1].Text.Replace(Printed, provider.Address, StringComparison.Ordinal),
                output,
                $"{Document} line {block.Line}"
            );
        }
        Assert.Equal(3, ran);
    }

    /// <summary>
    /// Returns a script that succeeds if this one fails, and writes its standard error to standard output.
    /// </summary>
    private static string Failing(string script) => $"if ( {script} ) 2>&1 >/dev/null; then exit 1; fi";
}
