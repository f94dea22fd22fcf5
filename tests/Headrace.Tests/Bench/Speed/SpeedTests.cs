using System.Text.Json;
using Headrace.Commands;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Bench.Speed;

[Trait("Needs", "Servers")]
public sealed class SpeedTests
{
    [Fact]
    public async Task A_row_has_the_processor_time_and_the_allocation_of_each_process()
    {
        using var stores = new TemporaryFolder();

        var run = await CliProcess.RunBenchAsync(
            "noop",
            "--only",
            "json",
            "--count",
            "2000",
            "--rounds",
            "1",
            "--data",
            stores.Path,
            "--json"
        );

        Assert.True(run.Code == ExitCode.Done, run.Error);
        var row = JsonElement.Parse(Assert.Single(run.Lines));
        Assert.Equal(("json", 2000), (row.GetProperty("title").GetString(), row.GetProperty("count").GetInt32()));
        var each = row.GetProperty("each");
        // The startup hook in the process reports the allocated bytes; the kernel reports the CPU time.
        Assert.All(
            ["serverBytes", "workerBytes", "loadBytes", "serverMicros"],
            name => Assert.True(each.GetProperty(name).GetDouble() > 0, $"{name} in {row}")
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(stores.Path));
    }
}
