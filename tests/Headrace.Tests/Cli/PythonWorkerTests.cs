using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Tests.Architecture;
using Headrace.Tests.Server;
using Headrace.Tests.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests the sample worker in Python: methods that fail in every way, and the ways to find the server and a name.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PythonWorkerTests
{
    private const string Sample = "samples/worker-in-python/worker.py";

    private const string Methods = """
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError("no text")

        def fault(job, kind):
            if kind == "mute":
                raise Mute()
            if kind == "exit":
                sys.exit(3)
            if kind == "surrogate":
                raise ValueError("half \ud800 of it")
            return {"nan": float("nan"), "set": {1}, "half": "\ud800", "large": "x" * 1_050_000}.get(kind, kind)

        METHODS["py.fault"] = (fault, schema(kind={}))

        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_a_method_does_its_job_ends_and_the_next_one_runs()
    {
        await using var server = await RunningServer.StartAsync();
        using var worker = new Started(server.StartPython(WithMethods(server)));
        await server.WaitForMethodAsync("py.fault");

        foreach (var kind in (string[])["mute", "exit", "surrogate", "nan", "set", "half", "large"])
        {
            var job = await EndAsync(server, kind, "0");
            Assert.Equal((kind, "failed"), (kind, job.GetProperty("state").GetString()));
        }
        var next = await server.CliAsync("run", "py.fault", "kind=good");

        Assert.Equal((ExitCode.Done, "\"good\""), (next.Code, next.Out.Trim()));
    }

    [Theory]
    [InlineData("nan", 1)]
    [InlineData("large", 1)]
    [InlineData("exit", 2)]
    public async Task A_result_that_cannot_be_sent_is_not_retried(string kind, int attempts)
    {
        await using var server = await RunningServer.StartAsync();
        using var worker = new Started(server.StartPython(WithMethods(server)));
        await server.WaitForMethodAsync("py.fault");

        var job = await EndAsync(server, kind, "1");

        Assert.Equal(attempts, job.GetProperty("attempt").GetInt32());
    }

    [Fact]
    public async Task The_configuration_may_contain_comments_and_trailing_commas()
    {
        await using var server = await RunningServer.StartAsync();
        await using var other = await RunningServer.StartAsync();
        await WriteAsync(
            Path.Combine(other.Home, ".config", "headrace", "config.json"),
            $$"""{ "server": "{{server.Url}}", /* not the one of this home */ }"""
        );
        var key = await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), Stop);

        using var worker = new Started(
            other.StartPython(Sample, ("HEADRACE_KEY", key), ("HEADRACE_WORKER", "by-config"))
        );

        await SeesWorkerAsync(server, "by-config");
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_is_named()
    {
        await using var server = await RunningServer.StartAsync();
        await WriteAsync(Path.Combine(server.Home, ".config", "headrace", "config.json"), """{"server": """);

        using var worker = new Started(server.StartPython(Sample));
        var end = await CliProcess.EndAsync(worker.Process, Sample);

        Assert.Equal(WorkerProcess.Unusable, end.Code);
        Assert.Contains("config.json cannot be read", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_file_of_a_server_that_has_ended_and_a_relative_variable_are_passed_over()
    {
        await using var server = await RunningServer.StartAsync();
        var files = Path.Combine(server.Home, ".local", "state", "headrace", "servers");
        // The first process exists but is not a server, and the second one has another start.
        var process = Environment.ProcessId;
        await WriteAsync(
            Path.Combine(files, "dead.json"),
            $$"""{"url":"http://127.0.0.1:1","data":"/d","processId":{{process}}}"""
        );
        await WriteAsync(
            Path.Combine(files, "reused.json"),
            $$"""{"url":"{{server.Url}}","data":"/d","processId":{{process}},"processStart":1}"""
        );

        using var worker = new Started(
            server.StartPython(
                Sample,
                ("XDG_STATE_HOME", "relative"),
                ("XDG_CONFIG_HOME", "relative"),
                ("HEADRACE_WORKER", "passed-over")
            )
        );

        await SeesWorkerAsync(server, "passed-over");
    }

    [Fact]
    public async Task A_key_that_no_header_can_carry_is_invalid_usage()
    {
        await using var server = await RunningServer.StartAsync();

        using var worker = new Started(server.StartPython(Sample, ("HEADRACE_KEY", "a\nb")));
        var end = await CliProcess.EndAsync(worker.Process, Sample);

        Assert.Equal(WorkerProcess.Unusable, end.Code);
        Assert.Contains("The key contains a character", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_a_killed_worker_used_is_waited_for_R9()
    {
        await using var server = await RunningServer.StartAsync([("HEADRACE_LEASE", "3s")]);
        using var first = new Started(server.StartPython(Sample, ("HEADRACE_WORKER", "same")));
        await SeesWorkerAsync(server, "same");
        first.Process.Kill();
        await first.Process.WaitForExitAsync(Stop);

        using var second = new Started(server.StartPython(Sample, ("HEADRACE_WORKER", "same")));
        var joined = await Eventually.EndsAsync(
            "the second worker to join",
            second.Process.StandardOutput.ReadLineAsync(Stop).AsTask()
        );

        Assert.Contains("same has joined", joined, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_of_a_server_cannot_control_the_terminal()
    {
        const string Problem = """{"detail":"The reason is \u001b]0;pwned\u0007"}""";
        await using var server = new RawServer(
            Encoding.UTF8.GetBytes(
                $"HTTP/1.1 401 X\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
                    + $"Content-Length: {Problem.Length + 4}\r\n\r\n{Problem}\u001b]0;"
            )
        );
        using var home = new TemporaryFolder();

        using var worker = new Started(
            CliProcess.StartPython(
                Path.Combine(Repository.Root, Sample),
                home.Path,
                [("HEADRACE_SERVER", server.Url), ("HEADRACE_KEY", "key")]
            )
        );
        var end = await CliProcess.EndAsync(worker.Process, Sample);

        Assert.Equal(WorkerProcess.Refused, end.Code);
        Assert.Contains("The reason is", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(end.Error, c => char.IsControl(c) && c != '\n');
    }

    [Theory]
    [InlineData(">&- 2>&-")]
    [InlineData(">/dev/full 2>/dev/full")]
    public async Task A_closed_or_full_output_does_not_end_the_worker(string redirection)
    {
        await using var server = await RunningServer.StartAsync();
        using var shell = CliProcess.StartShell(
            server.Home,
            $"HEADRACE_WORKER=mute exec python3 '{Path.Combine(Repository.Root, Sample)}' {redirection}"
        );

        await SeesWorkerAsync(server, "mute");
        var run = await server.CliAsync("run", "py.square", "x=12");
        Signals.Send("HUP", shell.Id);
        var end = await CliProcess.EndAsync(shell, Sample);

        Assert.Equal(("144", 0), (run.Out.Trim(), end.Code));
    }

    /// <summary>Writes a copy of the sample that also offers the methods of these tests.</summary>
    private static string WithMethods(RunningServer server)
    {
        const string Before = "if \"--describe\" in sys.argv:";
        var sample = Repository.Read(Sample);
        Assert.Contains(Before, sample, StringComparison.Ordinal);
        var text = sample.Replace(Before, Methods + Before, StringComparison.Ordinal);
        return server.Write("worker.py", Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Submits a job, and returns it when it has ended.</summary>
    private static async Task<JsonElement> EndAsync(RunningServer server, string kind, string retries)
    {
        var submitted = await server.CliAsync(
            "submit",
            "py.fault",
            $"kind={kind}",
            "--retry",
            $"max={retries},delay=10ms"
        );
        var id = submitted.Out.Trim();
        await server.CliAsync("wait", id, "--timeout", "60s");
        return JsonElement.Parse((await server.CliAsync("jobs", "show", id, "--json")).Out);
    }

    private static Task<string> SeesWorkerAsync(RunningServer server, string name) =>
        Eventually.SeesAsync(
            $"the worker {name}",
            async () =>
                (await server.CliAsync("workers", "list")).Lines.FirstOrDefault(line =>
                    line.StartsWith(name, StringComparison.Ordinal)
                ),
            Eventually.WithProcesses
        );

    private static async Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text, Stop);
    }

    /// <summary>A process that does not outlive its test.</summary>
    private sealed record Started(Process Process) : IDisposable
    {
        public void Dispose()
        {
            if (!Process.HasExited)
                Process.Kill();
            Process.Dispose();
        }
    }
}
