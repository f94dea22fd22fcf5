using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs the commands in the README as printed, in order, in an empty home directory, with two differences. The server
/// listens on a free port instead of 8080. Nothing is built, because the test build has already built everything:
/// <c>./run</c> is executed without its first line, and <c>dotnet run</c> with <c>--no-build</c>. A block marked <c>sh
/// stays</c> starts a process that keeps running. The <c>text</c> block after a command is its standard output.
/// </summary>
[Trait("Needs", "Servers")]
public sealed partial class ReadmeTests
{
    private const string Document = "README.md";

    [Fact]
    public async Task The_first_commands_produce_the_printed_output()
    {
        var blocks = CodeBlock.In(Repository.Read(Document));
        await using var shell = new CheckoutShell();
        // The README shows "…" in place of the first job's result. That result is the digest computed here, so change
        // this line if the README's first job changes.
        var digest = Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(Repository.Read(Document))));
        var port = "";
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            if (block.Info is not ("sh" or "sh stays"))
                continue;
            var printed = i + 1 < blocks.Count && blocks[i + 1].Info == "text" ? AtPort(blocks[i + 1].Text) : null;
            var script =
                block.Text == "./run"
                    ? Run()
                    : AtPort(block.Text).Replace("dotnet run ", "dotnet run --no-build ", StringComparison.Ordinal);
            if (block.Info == "sh")
            {
                var output = await shell.RunAsync(script);
                if (printed is not null)
                    PrintedOutput.AssertMatches(printed, output, $"{Document} line {block.Line}");
            }
            else
            {
                var came = await shell.StartAsync(
                    script,
                    [.. printed!.Split('\n').Select(line => line == PrintedOutput.Wildcard ? digest : line)]
                );
                if (port.Length == 0)
                    port = Port().Match(came[0]).Groups[1].Value;
            }
            ran++;
        }
        Assert.InRange(ran, 8, int.MaxValue);

        string AtPort(string text) =>
            text.Replace(":8080", $":{(port.Length == 0 ? PrintedOutput.Wildcard : port)}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_method_shown_is_the_sample()
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "csharp");
        Assert.Equal(Repository.Read("samples/square/Program.cs").TrimEnd(), shown.Text);
    }

    /// <summary>Returns the <c>run</c> script with a free port and without the line that builds.</summary>
    private static string Run()
    {
        var lines = Repository.Read("run").Split('\n');
        var rest = lines.Where(line => !line.Contains("--build-only", StringComparison.Ordinal)).ToList();
        Assert.Equal(lines.Length - 1, rest.Count);
        return $"set -- --port 0\n{string.Join('\n', rest)}".Replace(
            "${BASH_SOURCE[0]}",
            "./run",
            StringComparison.Ordinal
        );
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
