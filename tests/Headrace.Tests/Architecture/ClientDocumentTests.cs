using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs the program in docs/client-in-csharp.md against a server, and compares its output with the document.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class ClientDocumentTests
{
    private const string Document = "docs/client-in-csharp.md";

    [Fact]
    public void The_program_shown_is_the_sample()
    {
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "csharp");

        Assert.Equal(Repository.Read("samples/client/Program.cs").TrimEnd(), shown.Text);
    }

    [Fact]
    public async Task The_program_prints_what_the_document_shows()
    {
        var printed = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "text");
        await using var server = await RunningServer.StartAsync();
        var key = await File.ReadAllTextAsync(
            Path.Combine(server.Home, "data", "admin.key"),
            TestContext.Current.CancellationToken
        );

        // The key includes the line break at the end of the key file, because the variable that a user sets may include
        // it as well.
        using var client = CliProcess.StartSample(
            "Client",
            server.Home,
            [("HEADRACE_SERVER", server.Url), ("HEADRACE_KEY", key)]
        );
        var ended = await CliProcess.EndAsync(client, "samples/client");

        Assert.Equal((0, ""), (ended.Code, ended.Error));
        PrintedOutput.AssertMatches(printed.Text, ended.Out, Document);
    }
}
