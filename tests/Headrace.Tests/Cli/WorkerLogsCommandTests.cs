using System.Text.Json;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

[Trait("Needs", "Servers")]
public sealed class WorkerLogsCommandTests
{
    [Fact]
    public async Task The_output_of_a_worker_is_followed_across_its_end_and_its_next_process()
    {
        await using var server = await RunningServer.StartAsync();
        var pools = await server.CliAsync("pools", "--json");
        var worker = JsonElement.Parse(pools.Lines[0]).GetProperty("workers")[0];
        var (name, process) = (worker.GetProperty("name").GetString()!, worker.GetProperty("processId").GetInt32());
        using var following = server.StartCli([], "workers", "logs", name, "--follow");
        try
        {
            Assert.Contains("Joined; offering ", await NextLineAsync(following));

            OsProcess.Kill(process);

            Assert.EndsWith($"(process {process} was killed by signal 9)", await NextLineAsync(following));
            Assert.Contains("Joined; offering ", await NextLineAsync(following));
        }
        finally
        {
            following.Kill();
            await following.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var all = await server.CliAsync("workers", "logs", name, "--json");
        Assert.Equal(
            [1, 2, 3],
            all.Lines.Take(3).Select(line => JsonElement.Parse(line).GetProperty("number").GetInt32())
        );
        var unknown = await server.CliAsync("workers", "logs", "nobody");
        Assert.Equal(5, unknown.Code);
        Assert.Contains(name, unknown.Error);
    }

    private static async Task<string> NextLineAsync(System.Diagnostics.Process process) =>
        await process
            .StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(Eventually.WithProcesses, TestContext.Current.CancellationToken)
        ?? "(the output ended)";
}
