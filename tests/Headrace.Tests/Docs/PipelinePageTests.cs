using System.Globalization;
using System.Text.Json;
using Headrace.Client;
using Headrace.Client.Steering;
using Headrace.Tests.Architecture;
using Headrace.Tests.Bridges;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Executes the commands of docs/apps/pipeline.md as printed, with a Redis on a free port, and runs its examples.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PipelinePageTests
{
    private const string Document = "docs/apps/pipeline.md";

    [Fact]
    public async Task The_commands_of_the_page_print_what_it_shows()
    {
        await using var redis = await RedisServer.StartAsync();
        var port = redis.Port.ToString(CultureInfo.InvariantCulture);
        try
        {
            var ran = await DocumentCommands.RunAsync(
                Document,
                text =>
                    text.Replace("6379", port, StringComparison.Ordinal)
                        .Replace("pump.py", $"pump.py --redisport {port}", StringComparison.Ordinal)
                        .Replace("pull.py", $"pull.py --redisport {port}", StringComparison.Ordinal)
            );

            Assert.InRange(ran, 12, int.MaxValue);
        }
        finally
        {
            var made = Path.Combine(Repository.Root, "flaky");
            if (Directory.Exists(made))
                Directory.Delete(made, recursive: true);
        }
    }

    [Fact]
    public async Task The_Python_example_prints_the_number_and_the_value_of_each_task()
    {
        await using var server = await RunningServer.StartAsync();
        var installed = await server.CliAsync(
            "methods",
            "install",
            Path.Combine(Repository.Root, "samples/steering/ackley.py")
        );
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("ackley");
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "python steering");
        var script = server.Write("example.py", System.Text.Encoding.UTF8.GetBytes(shown.Text));

        using var process = server.StartPython(script, ("PYTHONPATH", Path.Combine(Repository.Root, "sdk/python")));
        var ended = await CliProcess.EndAsync(process, "the example");

        Assert.True(ended.Code == 0, ended.Error);
        // 20 (1 - e^(-x/5)) for the same whole number in each coordinate.
        Assert.Equal("[(0, 0.0), (1, 3.625), (2, 6.594), (3, 9.024)]\n", ended.Out);
    }

    [Fact]
    public async Task The_CSharp_example_receives_the_result_and_the_data()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new HeadraceClient(
            server.Url,
            (
                await File.ReadAllTextAsync(
                    Path.Combine(server.Home, "data", "admin.key"),
                    TestContext.Current.CancellationToken
                )
            ).Trim()
        );

#pragma warning disable xUnit1051 // The example is printed on the page.
        // Begin of the example.
        var steering = await SteeringClient.OpenAsync(client, "search", ["hash"]);
        await steering.SendAsync(
            SteeringTask.Create("sha512", new { iterations = 2 }) with
            {
                Topic = "hash",
                Data = JsonSerializer.SerializeToElement(new { round = 1 }),
            }
        );
        SteeringResult result = await steering.ReceiveAsync("hash", TimeSpan.FromMinutes(1));
        // End of the example.
#pragma warning restore xUnit1051

        Assert.True(result.HasSucceeded);
        Assert.Equal(1, result.Data!.Value.GetProperty("round").GetInt32());
        Assert.Equal(128, result.Value!.Text.Length);
        var source = Repository.Read("tests/Headrace.Tests/Docs/PipelinePageTests.cs").Split('\n');
        var example = source
            .SkipWhile(line => !line.Contains("Begin of the example", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => !line.Contains("End of the example", StringComparison.Ordinal))
            .Select(line => line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line);
        var shown = Assert.Single(CodeBlock.In(Repository.Read(Document)), block => block.Info == "csharp");
        Assert.Equal(shown.Text.TrimEnd(), string.Join('\n', example).TrimEnd());
    }
}
