using System.Text;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests that a worker program prints nothing that could control the terminal, whatever its server or its arguments
/// contain.
/// </summary>
public sealed class WorkerTerminalTests
{
    private const string Escape = "\u001b]0;pwned\u0007\u009b31m\u202e";

    [Theory]
    [InlineData(401)]
    [InlineData(409)]
    public async Task The_reason_of_a_server_that_rejects_a_worker_is_printed_without_its_escape_codes(int status)
    {
        var problem = $$"""
            {"type":"/problems/x","title":"x","status":{{status}},
            "detail":"The reason is \u001b]0;pwned\u0007\u009b31m\u202e"}
            """;
        await using var server = new RawServer(
            Encoding.UTF8.GetBytes(
                $"HTTP/1.1 {status} X\r\nContent-Type: application/problem+json\r\n"
                    + $"Content-Length: {problem.Length}\r\n\r\n{problem}"
            )
        );

        var (code, error) = await RunAsync([(WorkerProcess.Server, server.Url), (WorkerProcess.Key, "key")]);

        Assert.Equal(WorkerProcess.Unusable, code);
        Assert.Contains("The reason is", error, StringComparison.Ordinal);
        AssertHarmless(error);
    }

    [Fact]
    public async Task Arguments_and_variables_that_are_not_valid_are_quoted_without_their_escape_codes()
    {
        var (code, error) = await RunAsync(
            [(WorkerProcess.OrphanGrace, $"grace{Escape}"), (WorkerProcess.Name, $"name{Escape}")],
            $"--x{Escape}"
        );

        Assert.Equal(WorkerProcess.Unusable, code);
        foreach (var quoted in (string[])["grace", "name", "--x"])
            Assert.Contains($"'{quoted}", error, StringComparison.Ordinal);
        AssertHarmless(error);
    }

    [Fact]
    public async Task A_manifest_is_quoted_without_its_escape_codes()
    {
        using var home = new TemporaryFolder();
        home.Write(
            "bad.method.json",
            """{"name":"a\u001b]0;pwned\u0007\u009b31m\u202e","argv":["x\u001b]0;pwned\u0007"],"check":["{y\u001b}"]}"""
        );
        using var worker = CliProcess.Start(home.Path, [("HEADRACE_METHODS", home.Path)], "worker", "start");

        var end = await CliProcess.EndAsync(worker, "worker start");

        Assert.Contains("bad.method.json is not used", end.Error, StringComparison.Ordinal);
        Assert.Contains("]0;pwned", end.Error, StringComparison.Ordinal);
        AssertHarmless(end.Error);
    }

    private static void AssertHarmless(string text) =>
        Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || c == '\u202e');

    private static async Task<(int Code, string Error)> RunAsync(
        (string, string)[] environment,
        params string[] arguments
    )
    {
        using var home = new TemporaryFolder();
        using var worker = CliProcess.StartTestWorker(home.Path, environment, arguments);
        var end = await CliProcess.EndAsync(worker, "the worker");
        return (end.Code, end.Error);
    }
}
