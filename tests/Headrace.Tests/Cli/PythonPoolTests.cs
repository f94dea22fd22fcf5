using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests that a pool runs a worker that is written in another language and has its own key.</summary>
[Trait("Needs", "Servers")]
public sealed class PythonPoolTests
{
    [Fact]
    public async Task The_worker_in_Python_runs_in_a_pool_that_starts_it_for_a_waiting_job()
    {
        await using var shell = new CheckoutShell();
        await shell.StartAsync(
            "HEADRACE_SCALING__CHECK=100ms ./headrace up --port 0 "
                + "--pools 'py command=python3,samples/worker-in-python/worker.py max=1 up_after=100ms'",
            ["Headrace is listening on …", "Pools     py: 0 to 1 workers, …"]
        );

        var output = await shell.RunAsync(
            "./headrace workers list --json; ./headrace run py.square x=12; echo; ./headrace pools"
        );

        var lines = output.TrimEnd().Split('\n');
        Assert.Equal("144", lines[0]);
        Assert.StartsWith("py\tpy.square py.primes\t1 started\t0 to 1\t", lines[1], StringComparison.Ordinal);
    }
}
