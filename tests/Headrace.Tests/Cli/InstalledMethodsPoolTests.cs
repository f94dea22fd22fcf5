using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests that an empty pool runs a method that is installed while the server is running.</summary>
[Trait("Needs", "Servers")]
public sealed class InstalledMethodsPoolTests
{
    [Fact]
    public async Task Jobs_of_a_method_that_is_installed_are_accepted_by_an_empty_pool_and_start_a_worker()
    {
        await using var shell = new CheckoutShell();
        await shell.StartAsync(
            "HEADRACE_SCALING__CHECK=100ms ./headrace up --port 0 --pools 'any max=1 up_after=100ms'",
            ["Headrace is listening on …", "Pools     any: 0 to 1 workers, …"]
        );

        var output = await shell.RunAsync(
            """
            ./headrace methods install samples/shell-pipeline
            until ./headrace methods show frequent-words > /dev/null 2>&1; do sleep 0.2; done
            ./headrace workers list --json
            ./headrace run frequent-words count=1 --input LICENSE
            ./headrace workers list --json
            """
        );

        var lines = output.TrimEnd().Split('\n');
        // No worker had joined before the job was submitted, so the first list of workers is empty.
        Assert.StartsWith("Installed frequent-words@1", lines[0], StringComparison.Ordinal);
        Assert.Equal("15 the", lines[1].Trim());
        Assert.Contains("frequent-words@1", Assert.Single(lines[2..]), StringComparison.Ordinal);
    }
}
