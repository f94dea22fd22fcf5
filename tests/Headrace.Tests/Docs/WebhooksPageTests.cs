using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headrace.Tests.Architecture;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Executes the commands in docs/webhooks.md as printed, with the Python receiver that is on the page. Only the
/// ports differ.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class WebhooksPageTests
{
    private const string Page = "docs/webhooks.md";
    private const string PrintedPort = "9000";

    [Fact]
    public async Task The_receiver_of_the_page_accepts_what_its_commands_send()
    {
        var port = FreePort();
        var blocks = CodeBlock.In(Repository.Read(Page));
        await using var shell = new CheckoutShell();
        var ran = 0;
        foreach (var (i, block) in blocks.Index())
        {
            var text = block.Text.Replace(PrintedPort, port, StringComparison.Ordinal);
            var printed = i + 1 < blocks.Count && blocks[i + 1].Info == "text" ? blocks[i + 1].Text : null;
            switch (block.Info)
            {
                case "sh stays":
                    await shell.StartAsync(
                        $"{text} --port 0",
                        [
                            .. printed!
                                .Replace(":8080", $":{PrintedOutput.Wildcard}", StringComparison.Ordinal)
                                .Split('\n'),
                        ]
                    );
                    break;
                case "python":
                    Assert.InRange(text.Split('\n').Length, 15, 30);
                    await shell.RunAsync($"cat > ~/receiver.py <<'END'\n{text}\nEND");
                    break;
                case "sh receiver":
                    await shell.StartAsync(text, ["Listening"]);
                    break;
                case "sh":
                    var output = await shell.RunAsync(text);
                    if (printed is not null)
                        PrintedOutput.AssertMatches(
                            printed.Replace(PrintedPort, port, StringComparison.Ordinal),
                            output,
                            $"{Page} line {block.Line}"
                        );
                    // No command on the page waits for the delivery of the job.
                    if (text.Contains("headrace run", StringComparison.Ordinal))
                        await Eventually.SeesAsync(
                            "the delivery of the job",
                            async () =>
                                (await shell.RunAsync("./headrace webhooks show checksums --json")) is var shown
                                && shown.Contains("\"lag\":0,", StringComparison.Ordinal)
                                && shown.Contains("\"lastStatus\":204", StringComparison.Ordinal)
                                    ? shown
                                    : null,
                            Eventually.WithProcesses
                        );
                    break;
                default:
                    continue;
            }
            ran++;
        }
        Assert.Equal(8, ran);
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
