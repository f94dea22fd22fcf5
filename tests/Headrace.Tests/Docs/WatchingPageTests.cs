using System.Diagnostics;
using Headrace.Commands;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Executes the commands in docs/watching.md in order, against a server whose jobs succeed and fail.</summary>
[Trait("Needs", "Servers")]
public sealed class WatchingPageTests
{
    private const string Page = "docs/watching.md";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_does_what_the_page_says()
    {
        // A collector that cannot be reached does not affect the server.
        await using var server = await RunningServer.StartAsync([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"),
        ]);
        var id = await InstallAsync(server);
        var key = (await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), Stop)).Trim();
        var ran = 0;
        foreach (var command in Commands())
        {
            ran++;
            if (command.StartsWith("OTEL_", StringComparison.Ordinal))
                continue;
            using var process = Start(server, key, command.Replace(" 42 ", $" {id} ", StringComparison.Ordinal));
            try
            {
                switch (command)
                {
                    case var watch when watch.Contains("jobs watch", StringComparison.Ordinal):
                        await SeesFailureAsync(server, process, "failed");
                        break;
                    case var watch when watch.Contains("/v1/events", StringComparison.Ordinal):
                        await SeesFailureAsync(server, process, "\"state\":\"failed\"");
                        break;
                    case var logs when logs.Contains("jobs logs", StringComparison.Ordinal):
                        Assert.Equal("# attempt 1", await NextLineAsync(process));
                        Assert.Equal("first", await NextLineAsync(process));
                        await File.WriteAllTextAsync(Path.Combine(server.Home, "go"), "", Stop);
                        Assert.Equal("second", await NextLineAsync(process));
                        await process.WaitForExitAsync(Stop).WaitAsync(Eventually.WithProcesses, Stop);
                        Assert.Equal(0, process.ExitCode);
                        break;
                    default:
                        var output = await process.StandardOutput.ReadToEndAsync(Stop);
                        var error = await process.StandardError.ReadToEndAsync(Stop);
                        await process.WaitForExitAsync(Stop).WaitAsync(Eventually.WithProcesses, Stop);
                        Assert.True(process.ExitCode == 0, $"{command}\n{output}{error}");
                        if (command.Contains("/metrics", StringComparison.Ordinal))
                            Assert.Contains("headrace_jobs_failed_total", output, StringComparison.Ordinal);
                        break;
                }
            }
            finally
            {
                process.Kill(entireProcessTree: true);
            }
        }
        Assert.Equal(10, ran);
    }

    private static IEnumerable<string> Commands() =>
        CodeBlock
            .In(Repository.Read(Page))
            .Where(block => block.Info == "sh")
            .SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Split("  #")[0].Split(" # ")[0].Trim());

    /// <summary>
    /// Installs two methods. One of them fails; the other logs a line, waits for a file, and logs another line. Returns
    /// the id of a job that runs the second method and has logged its first line.
    /// </summary>
    private static async Task<string> InstallAsync(RunningServer server)
    {
        await WriteAsync(server, "fails", "exit 1");
        await WriteAsync(
            server,
            "logs",
            $"echo first >&2; while [ ! -e '{server.Home}/go' ]; do sleep 0.05; done; echo second >&2"
        );
        await server.WaitForMethodAsync("fails");
        await server.WaitForMethodAsync("logs");
        var submitted = await server.CliAsync("submit", "logs");
        Assert.True(submitted.Code == ExitCode.Done, submitted.Error);
        return submitted.Out.Trim();
    }

    private static async Task WriteAsync(RunningServer server, string name, string script)
    {
        var program = Path.Combine(server.Home, name);
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script}\n", Stop);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var manifest = Path.Combine(server.Home, $"{name}.method.json");
        await File.WriteAllTextAsync(manifest, $$"""{ "name": "{{name}}", "argv": ["{{program}}"] }""", Stop);
        var installed = await server.CliAsync("methods", "install", manifest);
        Assert.True(installed.Code == ExitCode.Done, installed.Error);
    }

    /// <summary>
    /// Lets jobs fail until the command prints one of them. The command prints only what happens after it has
    /// connected.
    /// </summary>
    private static async Task SeesFailureAsync(RunningServer server, Process process, string text)
    {
        using var found = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var failing = FailAsync(server, found.Token);
        while (!(await NextLineAsync(process)).Contains(text, StringComparison.Ordinal)) { }
        await found.CancelAsync();
        await failing;
    }

    private static async Task FailAsync(RunningServer server, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            await server.CliAsync("run", "fails", "--queue", "eu", "--retries", "0");
    }

    private static async Task<string> NextLineAsync(Process process)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        late.CancelAfter(Eventually.WithProcesses);
        return await process.StandardOutput.ReadLineAsync(late.Token)
            ?? throw new EndOfStreamException(await process.StandardError.ReadToEndAsync(Stop));
    }

    private static Process Start(RunningServer server, string key, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] =
            $"{Path.GetDirectoryName(CliProcess.Executable)}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = server.Home;
        start.Environment["HEADRACE_SERVER"] = server.Url;
        start.Environment["HEADRACE_KEY"] = key;
        return Process.Start(start)!;
    }
}
