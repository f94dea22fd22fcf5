using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Apps.Hashing;

/// <summary>
/// Runs a short version of tests/Acceptance/hashes_while_workers_die.py with real processes and checks the digests
/// against Python's hashlib.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class DyingWorkersTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Every_job_has_the_digest_of_hashlib_although_busy_workers_are_killed_again_and_again()
    {
        var start = new ProcessStartInfo(
            "python3",
            [
                Path.Combine(Repository.Root, "tests/Acceptance/hashes_while_workers_die.py"),
                CliProcess.Executable,
                "--jobs",
                "2000",
                "--iterations",
                "200000",
                "--limit",
                "400",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var script = Process.Start(start)!;
        var (message, faults) = (
            script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
        );
        await script
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.True(script.ExitCode == 0, await message + await faults);
    }
}
