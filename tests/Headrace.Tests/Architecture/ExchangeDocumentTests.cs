using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Server.Machine;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs the message sequence of docs/exchange.md against a server, exactly as printed: <c>send</c> is posted as an
/// exchange or report, <c>submit</c> as a job, <c>cancel</c> names a job to cancel, and <c>reply</c> is the expected
/// reply. In a message to the server, "…" stands for the last value of that member that the server sent.
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
                case "send":
                    var message = block.Text.Replace(
                        $"\"store\": \"{PrintedOutput.Wildcard}\"",
                        $"\"store\": \"{store}\"",
                        StringComparison.Ordinal
                    );
                    var worker = JsonElement.Parse(message).GetProperty("worker").GetString();
                    came = await PostAsync(client, $"/v1/workers/{worker}/exchange", message);
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
        using var worker = Process.Start(start)!;
        try
        {
            var error = worker.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var joined = await Eventually.EndsAsync(
                "the worker's first line",
                worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            );
            Assert.True(
                joined?.EndsWith("has joined and offers py.square@1", StringComparison.Ordinal),
                joined is null ? await error : joined
            );

            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
            {
                Content = Json("""{"method":"py.square","params":{"x":1.5}}"""),
            };
            request.Headers.Add("Prefer", "wait=20");
            using var answer = await scene.Client().SendAsync(request, TestContext.Current.CancellationToken);
            var job = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

            Assert.Equal("succeeded", job.GetProperty("state").GetString());
            Assert.Equal(2.25, job.GetProperty("result").GetDouble());
            Unix.Signal(worker.Id, Unix.SigTerm);
            await Eventually.EndsAsync(
                "the exit of the worker",
                worker.WaitForExitAsync(TestContext.Current.CancellationToken)
            );
            Assert.Equal(0, worker.ExitCode);
        }
        finally
        {
            if (!worker.HasExited)
                worker.Kill();
        }
    }

    private static async Task<string> PostAsync(HttpClient client, string path, string json)
    {
        using var answer = await client.PostAsync(path, Json(json), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static StringContent Json(string text) =>
        new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
