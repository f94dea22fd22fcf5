using System.Diagnostics;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Runs tests/Acceptance/reported_troubles.py with the processes of this build.</summary>
[Trait("Needs", "Servers")]
public sealed class ReportedTroublesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Every_trouble_that_users_of_other_systems_reported_is_handled_right()
    {
        using var script = Process.Start(
            new ProcessStartInfo(
                "python3",
                [
                    Path.Combine(Repository.Root, "tests/Acceptance/reported_troubles.py"),
                    "--headrace",
                    CliProcess.Executable,
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        try
        {
            var (output, error) = (
                script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
                script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
            );
            await script
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(Limit, TestContext.Current.CancellationToken);

            Assert.True(script.ExitCode == 0, await output + await error);
            Assert.EndsWith("23 right, 0 wrong\n", await output, StringComparison.Ordinal);
        }
        finally
        {
            if (!script.HasExited)
                script.Kill(entireProcessTree: true);
        }
    }
}
