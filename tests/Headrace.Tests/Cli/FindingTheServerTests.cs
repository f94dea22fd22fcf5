using System.Diagnostics;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using Note = Headrace.Protocol.Local.RunningServer;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests that the command line and a worker find the same server and the same key. Uses real processes.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class FindingTheServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_ignores_the_proxy_for_this_machine_and_white_space_around_its_key()
    {
        await using var server = await RunningServer.StartAsync();
        await using var proxy = new RawServer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var key = await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), Stop);

        using var worker = server.StartTestWorker(
            ("http_proxy", proxy.Url),
            ("ALL_PROXY", proxy.Url),
            ("HEADRACE_SERVER", server.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)),
            ("HEADRACE_KEY", $" {key.Trim()}\r\n")
        );

        Assert.Contains("Joined", await FirstLineAsync(worker), StringComparison.Ordinal);
        Assert.Equal("", proxy.Head);
    }

    [Fact]
    public async Task The_sample_worker_in_Python_ignores_the_proxy_and_finds_its_server_by_the_name_of_this_machine()
    {
        await using var server = await RunningServer.StartAsync();
        await using var proxy = new RawServer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

        using var worker = server.StartPython(
            "samples/worker-in-python/worker.py",
            ("http_proxy", proxy.Url),
            ("HTTP_PROXY", proxy.Url),
            ("ALL_PROXY", proxy.Url),
            ("HEADRACE_SERVER", server.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/")
        );

        Assert.Contains("has joined", await FirstLineAsync(worker, worker.StandardOutput), StringComparison.Ordinal);
        Assert.Equal("", proxy.Head);
    }

    [Theory]
    [InlineData("localhost", "")]
    [InlineData("127.0.0.1", "/")]
    public async Task A_worker_finds_the_key_of_its_own_server_by_any_address(string host, string suffix)
    {
        await using var server = await RunningServer.StartAsync();
        var address = server.Url.Replace("127.0.0.1", host, StringComparison.Ordinal) + suffix;

        using var worker = server.StartTestWorker(("HEADRACE_SERVER", address));

        Assert.Contains("Joined", await FirstLineAsync(worker), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_and_workers_use_the_server_in_the_configuration()
    {
        await using var server = await RunningServer.StartAsync();
        var config = Path.Combine(server.Home, ".config", "headrace", "config.json");
        Directory.CreateDirectory(Path.GetDirectoryName(config)!);
        await File.WriteAllTextAsync(config, """{ "server": "http://127.0.0.1:1", /* nobody */ }""", Stop);

        using var worker = server.StartTestWorker();
        var listed = await server.CliAsync("jobs", "list");

        Assert.Contains("http://127.0.0.1:1", await FirstLineAsync(worker), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Unreachable, listed.Code);
        Assert.Contains("http://127.0.0.1:1", listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_file_of_a_server_that_does_not_listen_is_passed_over()
    {
        await using var server = await RunningServer.StartAsync();
        var files = Path.Combine(server.Home, ".local", "state", "headrace", "servers");
        // This process exists but is not a server.
        var process = Environment.ProcessId;
        await File.WriteAllTextAsync(
            Path.Combine(files, $"{process}.json"),
            $$"""
            {"url":"http://127.0.0.1:1","socket":"/nowhere.sock","data":"/d","store":"s","processId":{{process}}}
            """,
            Stop
        );

        using var worker = server.StartTestWorker();

        Assert.Contains("Joined", await FirstLineAsync(worker), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await server.CliAsync("run", "noop")).Code);
    }

    [Fact]
    public async Task Without_a_server_of_this_user_commands_and_workers_say_so_and_ask_no_other_server()
    {
        using var home = new TemporaryFolder();
        using var worker = CliProcess.StartTestWorker(home.Path, []);

        var listed = await CliProcess.RunAsync("jobs", "list");
        var started = await CliProcess.EndAsync(worker, "the worker");

        Assert.Equal(ExitCode.Unreachable, listed.Code);
        Assert.StartsWith("headrace: You have no server running", listed.Error, StringComparison.Ordinal);
        Assert.Equal(WorkerProcess.Unusable, started.Code);
        Assert.StartsWith("You have no server running", started.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_that_a_header_cannot_carry_are_invalid_usage()
    {
        await using var server = await RunningServer.StartAsync();
        var input = Path.Combine(server.Home, "input");
        await File.WriteAllTextAsync(input, "x", Stop);
        string[] submit = ["submit", "noop", "--input", input];

        var type = await server.CliAsync([.. submit, "--content-type", "a/b;x=\"é\""]);
        var key = await server.CliAsync([("HEADRACE_KEY", "a\nb")], submit);
        var broken = await server.CliAsync([.. submit, "--key", "a\nb"]);
        var foreign = await server.CliAsync([.. submit, "--key", "schlüssel"]);

        Assert.Equal(
            (ExitCode.Usage, ExitCode.Usage, ExitCode.Usage, ExitCode.Done),
            (type.Code, key.Code, broken.Code, foreign.Code)
        );
        Assert.Contains("a/b;x=\"é\"", type.Error, StringComparison.Ordinal);
        Assert.Contains("HEADRACE_KEY contains the character U+000A", key.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_whose_process_id_belongs_to_another_process_now_is_ignored()
    {
        var mine = Environment.ProcessId;
        var written = new Note("http://127.0.0.1:1", "", "/d", "s", mine);

        Assert.True(Note.IsRunning(written));
        Assert.True(Note.IsRunning(written with { ProcessStart = ProcFs.StartOf(mine) }));
        Assert.False(Note.IsRunning(written with { ProcessStart = ProcFs.StartOf(mine) - 1 }));
    }

    private static Task<string> FirstLineAsync(Process worker) => FirstLineAsync(worker, worker.StandardError);

    private static async Task<string> FirstLineAsync(Process worker, StreamReader stream)
    {
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            late.CancelAfter(TimeSpan.FromSeconds(60));
            return await stream.ReadLineAsync(late.Token) ?? "(the worker wrote nothing)";
        }
        finally
        {
            worker.Kill();
        }
    }
}
