using System.Diagnostics;
using System.Text.Json;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>
/// Tests the Python client with real servers, which it finds in the same way as the command line does.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PythonClientTests
{
    private const string Methods = """
        import os, time, typing
        from headrace import Job, method

        @method
        def echo(value: typing.Any) -> typing.Any:
            return value

        @method
        def shout(body: bytes) -> bytes:
            return body.upper()

        @method
        def greet(name: str) -> str:
            return f"hello {name}"

        @method
        def large(size: int) -> str:
            return "x" * size

        @method
        def wait(seconds: float):
            time.sleep(seconds)

        @method
        def count(to: int) -> typing.Iterator[int]:
            print("counting")
            for n in range(to):
                yield n

        @method
        def fail():
            raise ValueError("too much")
        """;

    [Fact]
    public async Task Every_call_does_what_it_says()
    {
        await using var server = await StartAsync();

        using var client = Start(server, "everything");

        Assert.Equal("passed", await LineAsync(client));
    }

    [Fact]
    public async Task A_feed_delivers_until_its_consumer_acknowledges()
    {
        await using var server = await StartAsync();

        using var client = Start(server, "feeds");

        Assert.Equal("passed", await LineAsync(client));
    }

    [Fact]
    public async Task A_steering_program_receives_each_result_once_with_its_data_and_its_parts()
    {
        await using var server = await StartAsync();

        using var client = Start(server, "steering");

        Assert.Equal("passed", await LineAsync(client));
    }

    [Fact]
    public async Task A_client_continues_after_the_server_was_killed_and_no_job_runs_twice_under_its_key()
    {
        await using var server = await StartAsync();
        using var client = Start(server, "outage");
        Assert.Equal("ready", await LineAsync(client));
        await client.StandardInput.WriteLineAsync("go");
        await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("running", await LineAsync(client));

        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal("done", await LineAsync(client));
        Assert.Equal("passed", await LineAsync(client));
        var queue = JsonElement.Parse((await server.CliAsync("queues", "show", "default", "--json")).Out);
        var counts = Assert.Single(queue.GetProperty("counts").EnumerateArray());
        Assert.Equal(
            ("echo", "succeeded", 400),
            (
                counts.GetProperty("method").GetString(),
                counts.GetProperty("state").GetString(),
                counts.GetProperty("jobs").GetInt64()
            )
        );
    }

    [Fact]
    public async Task A_server_that_cannot_be_found_is_reported_at_once_with_the_remedy()
    {
        await using var server = await RunningServer.StartAsync();

        using var client = Start(server, "unreachable");

        Assert.Equal("passed", await LineAsync(client));
    }

    /// <summary>Starts a server whose workers offer the methods.</summary>
    private static async Task<RunningServer> StartAsync()
    {
        var server = await RunningServer.StartAsync();
        var installed = await server.CliAsync(
            "methods",
            "install",
            server.Write("common.py", System.Text.Encoding.UTF8.GetBytes(Methods))
        );
        Assert.Equal("", installed.Error);
        await Eventually.SeesAsync(
            "the offers",
            async () =>
                (await server.CliAsync("methods", "list")).Out.Contains("\nwait\t", StringComparison.Ordinal)
                    ? server
                    : null,
            Eventually.WithProcesses
        );
        return server;
    }

    private static Process Start(RunningServer server, string part)
    {
        var start = new ProcessStartInfo("python3", ["sdk/python/tests/live_client.py", part])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["HOME"] = server.Home,
                ["PYTHONPATH"] = "sdk/python",
                ["PYTHONDONTWRITEBYTECODE"] = "1",
            },
        };
        foreach (
            var name in start
                .Environment.Keys.Where(key =>
                    key.StartsWith("HEADRACE_", StringComparison.Ordinal)
                    || key.StartsWith("XDG_", StringComparison.Ordinal)
                )
                .ToList()
        )
            start.Environment.Remove(name);
        return Process.Start(start)!;
    }

    private static async Task<string> LineAsync(Process client)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(120));
        return await client.StandardOutput.ReadLineAsync(late.Token) is { } line
            ? line
            : $"The client has exited: {await client.StandardError.ReadToEndAsync(late.Token)}";
    }
}
