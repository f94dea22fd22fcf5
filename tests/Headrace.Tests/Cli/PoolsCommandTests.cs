using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

[Trait("Needs", "Servers")]
public sealed class PoolsCommandTests
{
    [Fact]
    public async Task A_pool_whose_program_is_missing_says_so_and_the_server_runs()
    {
        await using var shell = new CheckoutShell();
        await shell.StartAsync(
            "./headrace up --port 0 --pools 'own command=/nowhere/score,--gpu; other methods=noop max=1'",
            ["Headrace is listening on …", "Pools     own: 0 to 3 workers, …"]
        );

        var output = await shell.RunAsync("./headrace pools 2>&1; ./headrace pools --json | head -n 1");

        var lines = output.TrimEnd().Split('\n');
        Assert.Equal("own\tnot known yet\t0\t0 to 3\tnone yet", lines[0]);
        Assert.StartsWith("other\tnoop\t0\t", lines[1], StringComparison.Ordinal);
        Assert.Contains(
            "Pool own: The worker program /nowhere/score does not exist.",
            lines[2],
            StringComparison.Ordinal
        );
        Assert.Contains("\"command\":\"/nowhere/score --gpu\"", lines[3], StringComparison.Ordinal);
    }
}
