using System.Text.Json;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Requests whose results are large, binary, or not valid, and messages that are not valid.</summary>
[Trait("Needs", "Servers")]
public sealed class PipelineServerResultTests
{
    [Fact]
    public async Task A_large_and_a_binary_result_arrive_whole_and_one_that_is_too_large_is_answered_with_an_envelope()
    {
        const int Large = 12;
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallPrintsAsync(server);

        var responses = await ServeAsync(
            server,
            [
                .. Enumerable.Repeat(Request(PipelineScene.Large), Large),
                Request(PipelineScene.Binary),
                Request(PipelineScene.TooLarge),
            ]
        );

        var pairs = responses.Where(response => response.ValueKind == JsonValueKind.Array).ToList();
        var whole = pairs.Where(pair => pair[1].ValueKind == JsonValueKind.String).ToList();
        Assert.Equal(Large, whole.Count);
        Assert.All(whole, pair => Assert.Equal(new string('a', PipelineScene.LargeBytes), pair[1].GetString()));
        var binary = Assert.Single(pairs, pair => pair[1].ValueKind == JsonValueKind.Object);
        Assert.Equal([0xFF, 0xFE, 1], binary[1].GetProperty("resultBase64").GetBytesFromBase64());
        var envelope = Assert.Single(responses, response => response.ValueKind == JsonValueKind.Object);
        Assert.Equal("too-large", envelope.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(PipelineScene.TooLarge, envelope.GetProperty("params").GetRawText());
    }

    [Fact]
    public async Task A_lone_surrogate_in_a_request_or_a_result_is_answered_with_an_envelope_and_harms_no_other()
    {
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallPrintsAsync(server);

        var responses = await ServeAsync(
            server,
            [
                """{"method":"prints","params":{"what":"\ud800"}}""",
                """{"method":"NWChem","params":{"\ud800":1}}""",
                Request(PipelineScene.LoneSurrogate),
                "6",
            ]
        );

        var types = responses
            .Where(response => response.ValueKind == JsonValueKind.Object)
            .Select(response => response.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(["bad-message", "bad-message", "bad-result"], types.Order());
        Assert.Equal(6, Assert.Single(responses, response => response.ValueKind == JsonValueKind.Array)[0].GetInt32());
    }

    [Fact]
    public async Task A_simulation_whose_result_is_large_says_so_instead_of_that_it_is_empty()
    {
        await using var server = await RunningServer.StartAsync();
        await PipelineScene.InstallFlakyAsync(server);
        await File.WriteAllTextAsync(
            Path.Combine(server.Home, "flaky", "flaky.sh"),
            "head -c 100000 /dev/zero | tr '\\0' 'a'",
            TestContext.Current.CancellationToken
        );
        Assert.Equal(0, (await server.CliAsync("methods", "install", Path.Combine(server.Home, "flaky"))).Code);

        var ended = await server.CliAsync("pipeline", "--method", "flaky");

        Assert.Equal(1, ended.Code);
        Assert.Contains("aaa…' (100000 bytes)", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("it is empty", ended.Out, StringComparison.Ordinal);
    }

    private static string Request(string values) => $"{{\"method\":\"prints\",\"params\":{values}}}";

    /// <summary>Serves the messages and returns their responses.</summary>
    private static async Task<IReadOnlyList<JsonElement>> ServeAsync(RunningServer server, string[] messages)
    {
        await server.CliAsync(["messages", "put", "input", .. messages]);
        await server.CliAsync("pump", "-i", "-p", "None");
        var served = await server.CliAsync("pipeline", "server", "--scale", "0", "--register", "prints");
        Assert.True(served.Code == 0, served.Error);
        var responses = new List<JsonElement>();
        foreach (var _ in messages)
        {
            var pulled = await server.CliAsync("pull", "-t", "100");
            Assert.True(pulled.Code == 0, pulled.Error);
            responses.Add(JsonElement.Parse(pulled.Out));
        }
        Assert.Equal(124, (await server.CliAsync("pull", "-t", "0")).Code);
        return responses;
    }
}
