using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Headrace.Tests.Server.Failures;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>
/// Runs the scenario of samples/seed001 with shortened times. It checks the process list and compares the digests with
/// hashlib. `bench/seed001` runs the scenario with the original times.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class Seed001StoryTests
{
    [Fact]
    public async Task Workers_start_and_stop_with_the_load_and_every_result_is_pulled_once()
    {
        var start = new ProcessStartInfo(
            "python3",
            [
                Path.Combine(Repository.Root, "samples/seed001/story.py"),
                "--headrace",
                CliProcess.Executable,
                "--check",
                "2",
                "--up-after",
                "2",
                "--idle-after",
                "5",
                "--items",
                "120",
                "--iterations",
                "2000000",
                "--slack",
                "10",
                "--early-by",
                "60",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var story = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(5));
        try
        {
            var (told, errors) = (
                story.StandardOutput.ReadToEndAsync(late.Token),
                story.StandardError.ReadToEndAsync(late.Token)
            );
            await story.WaitForExitAsync(late.Token);
            Assert.True(story.ExitCode == 0, $"{await told}\n{await errors}");
            Assert.Contains("every digest matches hashlib", await told, StringComparison.Ordinal);
        }
        finally
        {
            if (!story.HasExited)
                story.Kill(entireProcessTree: true);
        }
    }
}
