using Headrace.Tests.Architecture;

namespace Headrace.Tests.Docs;

/// <summary>
/// Runs the commands on a page as printed, in order, in an empty home directory, and compares their output with the
/// block that follows. A block marked <c>sh stays</c> starts a server, which uses a free port instead of the printed
/// one; a block marked <c>sh beside</c> starts another program, which keeps running while the next commands run.
/// </summary>
internal static class DocumentCommands
{
    /// <summary>Returns the number of blocks that were run.</summary>
    /// <param name="document">The page.</param>
    /// <param name="adapt">
    /// Replaces values that are unknown when the page is written, such as the port of another server.
    /// </param>
    public static async Task<int> RunAsync(string document, Func<string, string>? adapt = null)
    {
        var text = Repository.Read(document);
        var blocks = CodeBlock.In(adapt?.Invoke(text) ?? text);
        await using var shell = new CheckoutShell();
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            var printed = i + 1 < blocks.Count && blocks[i + 1].Info == "text" ? blocks[i + 1].Text : null;
            if (block.Info == "sh stays")
                await shell.StartAsync(
                    $"{block.Text} --port 0",
                    [.. printed!.Replace(":8080", $":{PrintedOutput.Wildcard}", StringComparison.Ordinal).Split('\n')]
                );
            else if (block.Info == "sh beside")
                await shell.StartAsync(block.Text, printed!.Split('\n'));
            else if (block.Info == "sh")
            {
                var output = await shell.RunAsync(block.Text);
                if (printed is not null)
                    PrintedOutput.AssertMatches(printed, output, $"{document} line {block.Line}");
            }
            else
                continue;
            ran++;
        }
        return ran;
    }
}
