using System.Text.Json;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Runs <c>headrace pipeline server</c> over the queues of the server, without a Redis.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_request_is_answered_and_what_fails_is_answered_with_an_envelope()
    {
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallFlakyAsync(server);
        string[] messages =
        [
            "4",
            $"{PipelineScene.Crashes}",
            $"{PipelineScene.Hangs}",
            $"{PipelineScene.WritesRubbish}",
            $"{PipelineScene.CrashesOnce}",
            "nonsense",
            """{"method":"echo","params":{"iterations":1}}""",
            """{"method":"echo","params":{"iterations":0}}""",
            """{"method":"DFT","param":5}""",
            """{"method":"later","param":6}""",
        ];
        await server.CliAsync(["messages", "put", "input", .. messages]);
        await server.CliAsync("pump", "-i", "-p", "None");

        var served = await server.CliAsync(
            "pipeline",
            "server",
            "--method",
            "flaky",
            "--retries",
            "1",
            "--register",
            "echo=sha512",
            "--register",
            "later"
        );

        Assert.True(served.Code == 0, served.Error);
        var responses = new List<JsonElement>();
        for (var i = 0; i < messages.Length; i++)
            responses.Add(await PullAsync(server));
        Assert.Equal(124, (await server.CliAsync("pull", "-t", "0")).Code);
        Assert.Equal(
            [4L, PipelineScene.CrashesOnce],
            Pairs().Where(pair => pair[0].ValueKind == JsonValueKind.Number).Select(pair => pair[0].GetInt64()).Order()
        );
        var digest = Assert.Single(Pairs(), pair => pair[0].ValueKind == JsonValueKind.Object);
        Assert.StartsWith("cf83e1357eefb8bd", digest[1].GetString(), StringComparison.Ordinal);
        Assert.Contains("(poison)", Error(PipelineScene.Crashes, "job-failed"), StringComparison.Ordinal);
        Assert.Contains("(timeout)", Error(PipelineScene.Hangs, "job-failed"), StringComparison.Ordinal);
        Assert.Contains(
            "Segmentation of the grid",
            Error(PipelineScene.WritesRubbish, "bad-result"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "The method 'DFT' is not registered. Registered methods: echo, later, simulate.",
            Error(5, "unknown-method")
        );
        Assert.Single(Envelopes("bad-message"), envelope => envelope.GetProperty("message").GetString() == "nonsense");
        Assert.Single(Envelopes("invalid-params"));
        // No worker has ever offered this method.
        Assert.Contains("later", Error(6, "unknown-method"), StringComparison.Ordinal);
        using var client = PipelineScene.Connect(server);
        Assert.Equal(0, (await client.GetQueueAsync("input", Stop)).Jobs);
        Assert.Empty((await client.Feeds.ListAsync(cancellationToken: Stop)).Feeds);

        IEnumerable<JsonElement> Pairs() => responses.Where(response => response.ValueKind == JsonValueKind.Array);

        IEnumerable<JsonElement> Envelopes(string type) =>
            responses.Where(response =>
                response.ValueKind == JsonValueKind.Object
                && response.GetProperty("error").GetProperty("type").GetString() == type
            );

        string Error(long param, string type) =>
            Assert
                .Single(
                    Envelopes(type),
                    envelope => envelope.TryGetProperty("param", out var sent) && sent.GetInt64() == param
                )
                .GetProperty("error")
                .GetProperty("message")
                .GetString()!;
    }

    [Fact]
    public async Task A_killed_server_neither_loses_nor_doubles_a_response()
    {
        const int Requests = 12;
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync(["messages", "put", "input", .. Enumerable.Range(0, Requests).Select(i => $"{i}")]);
        for (var until = 1; until <= 3; until++)
        {
            using var killed = server.StartCli([], "pipeline", "server", "--scale", "0.1", "--seed", "1");
            for (var lines = 0; lines < until; lines++)
                await killed.StandardOutput.ReadLineAsync(Stop);
            killed.Kill();
            await killed.WaitForExitAsync(Stop);
        }

        using var last = server.StartCli([], "pipeline", "server");
        var answered = new List<long>();
        // What a killed program held is delivered again after its lease.
        for (var i = 0; i < Requests; i++)
            answered.Add((await PullAsync(server))[0].GetInt64());
        await server.CliAsync("pump", "-i", "-p", "None");
        var served = await CliProcess.EndAsync(last, "pipeline server");

        Assert.True(served.Code == 0, served.Error);
        Assert.Equal(Enumerable.Range(0, Requests).Select(i => (long)i), answered.Order());
        Assert.Equal(124, (await server.CliAsync("pull", "-t", "0")).Code);
    }

    [Fact]
    public async Task A_pull_waits_for_a_response_and_says_when_there_is_none_in_time()
    {
        await using var server = await RunningServer.StartAsync();
        var none = await server.CliAsync("pull", "-t", "1");
        using var waiting = server.StartCli([], "pull");
        await server.CliAsync("messages", "put", "output", "[1,2]");

        var pulled = await CliProcess.EndAsync(waiting, "pull");

        Assert.Equal(124, none.Code);
        Assert.Contains("No response arrived in 'output' within 1 s.", none.Error, StringComparison.Ordinal);
        Assert.Equal("[1,2]\n", pulled.Out);
    }

    private static async Task<JsonElement> PullAsync(RunningServer server)
    {
        var pulled = await server.CliAsync("pull", "-t", "100");
        Assert.True(pulled.Code == 0, pulled.Error);
        return JsonElement.Parse(pulled.Out);
    }
}
