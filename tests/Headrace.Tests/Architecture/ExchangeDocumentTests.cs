using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Server.Machine;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs the message sequence in docs/exchange.md against a server, exactly as printed: <c>send</c> is posted as an
/// exchange or report, <c>children</c> as the children of an attempt, <c>submit</c> as a job, <c>cancel</c> names a job
/// to cancel, and <c>reply</c> is the expected reply. In a message to the server, "…" stands for the last value of that
/// member that the server sent.
/// </summary>
public sealed class ExchangeDocumentTests
{
    private const string Document = "docs/exchange.md";

    [Fact]
    public async Task The_messages_are_exchanged_exactly_as_printed()
    {
        await using var scene = await ServerScene.StartAsync();
        var client = scene.Client();
        var store = "";
        var turns = 0;
        var came = "";
        foreach (
            var block in CodeBlock
                .In(Repository.Read(Document))
                .Where(f => f.Info.StartsWith("json ", StringComparison.Ordinal))
        )
        {
            switch (block.Info["json ".Length..])
            {
                case "send" or "children":
                    var message = block.Text.Replace(
                        $"\"store\": \"{PrintedOutput.Wildcard}\"",
                        $"\"store\": \"{store}\"",
                        StringComparison.Ordinal
                    );
                    var worker = JsonElement.Parse(message).GetProperty("worker").GetString();
                    var route = block.Info == "json send" ? "exchange" : "children";
                    came = await PostAsync(client, $"/v1/workers/{worker}/{route}", message);
                    break;
                case "submit":
                    came = await PostAsync(client, "/v1/jobs", block.Text);
                    break;
                case "cancel":
                    using (
                        await client.DeleteAsync(
                            $"/v1/jobs/{JsonElement.Parse(block.Text).GetString()}",
                            TestContext.Current.CancellationToken
                        )
                    )
                        came = "";
                    break;
                case "reply":
                    var reply = JsonElement.Parse(came);
                    PrintedOutput.AssertMatches(
                        JsonElement.Parse(block.Text),
                        reply,
                        $"{Document} line {block.Line}: $"
                    );
                    if (reply.TryGetProperty("store", out var named))
                        store = named.GetString()!;
                    turns++;
                    break;
                default:
                    Assert.Fail($"{Document} line {block.Line}: unknown block type '{block.Info}'.");
                    break;
            }
        }
        Assert.InRange(turns, 6, int.MaxValue);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task The_worker_in_Python_joins_squares_numbers_and_leaves()
    {
        await using var scene = await ServerScene.StartAsync();
        await using var worker = await PythonWorker.StartAsync(scene);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = Json("""{"method":"py.square","params":{"x":1.5}}"""),
        };
        request.Headers.Add("Prefer", "wait=20");
        using var answer = await scene.Client().SendAsync(request, TestContext.Current.CancellationToken);
        var job = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal(2.25, job.GetProperty("result").GetDouble());
        Assert.Equal(0, await worker.StopAsync());
    }

    [Fact]
    public async Task The_worker_in_Python_renews_its_lease_while_it_computes_and_stops_on_request()
    {
        var lease = TimeSpan.FromSeconds(3);
        await using var scene = await ServerScene.StartAsync(options => options with { Lease = lease });
        await using var worker = await PythonWorker.StartAsync(scene);
        var client = scene.Client();
        var submitted = JsonElement.Parse(
            await PostAsync(client, "/v1/jobs", """{"method":"py.primes","params":{"below":100000000}}""")
        );
        var path = $"/v1/jobs/{submitted.GetProperty("id").GetString()}";

        // This job would run for much longer than the test.
        var begun = TimeProvider.System.GetTimestamp();
        var running = await Eventually.SeesAsync(
            "the job to run for two leases",
            async () =>
                await client.GetStringAsync(path, TestContext.Current.CancellationToken) is var text
                && TimeProvider.System.GetElapsedTime(begun) > 2 * lease
                && text.Contains("\"progress\"", StringComparison.Ordinal)
                    ? text
                    : null,
            Eventually.WithProcesses
        );
        using var cancelled = await client.DeleteAsync(path, TestContext.Current.CancellationToken);
        var ended = JsonElement.Parse(
            await client.GetStringAsync($"{path}?wait=20", TestContext.Current.CancellationToken)
        );

        var job = JsonElement.Parse(running);
        Assert.Equal(("running", 1), (job.GetProperty("state").GetString(), job.GetProperty("attempt").GetInt32()));
        Assert.Equal("cancelled", ended.GetProperty("state").GetString());
        Assert.Equal(0, await worker.StopAsync());
    }

    private static async Task<string> PostAsync(HttpClient client, string path, string json)
    {
        using var answer = await client.PostAsync(path, Json(json), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static StringContent Json(string text) =>
        new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    /// <summary>The sample worker, which runs as a process and offers its methods to a scene's server.</summary>
    private sealed class PythonWorker : IAsyncDisposable
    {
        private readonly Process _process;

        private PythonWorker(Process process) => _process = process;

        public static async Task<PythonWorker> StartAsync(ServerScene scene)
        {
            var start = new ProcessStartInfo(
                "python3",
                [Path.Combine(Repository.Root, "samples/worker-in-python/worker.py")]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["HEADRACE_SERVER"] = scene.Server.Ready.Url;
            start.Environment["HEADRACE_KEY"] = scene.Key;
            var worker = new PythonWorker(Process.Start(start)!);
            var error = worker._process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var joined = await Eventually.EndsAsync(
                "the worker's first line",
                worker._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            );
            Assert.True(
                joined?.EndsWith("has joined and offers py.square@1, py.primes@1", StringComparison.Ordinal),
                joined is null ? await error : joined
            );
            return worker;
        }

        /// <summary>Asks the worker to stop. Returns its exit code.</summary>
        public async Task<int> StopAsync()
        {
            Unix.Signal(_process.Id, Unix.SigTerm);
            await Eventually.EndsAsync(
                "the exit of the worker",
                _process.WaitForExitAsync(TestContext.Current.CancellationToken)
            );
            return _process.ExitCode;
        }

        public ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
