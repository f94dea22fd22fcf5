using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Headrace.Tests.Server.Failures;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>
/// Runs the scenario of samples/seed004, which checks prices against a formula of its own. `samples/seed004/story.py
/// --all` also measures every problem.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class Seed004StoryTests
{
    [Fact]
    public async Task A_client_measures_problems_ranks_methods_purges_the_queue_and_cannot_upload_code()
    {
        var start = new ProcessStartInfo(
            "python3",
            [
                Path.Combine(Repository.Root, "samples/seed004/story.py"),
                "--headrace",
                CliProcess.Executable,
                "--problems",
                "problem1_A1",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var story = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(8));
        try
        {
            var (told, errors) = (
                story.StandardOutput.ReadToEndAsync(late.Token),
                story.StandardError.ReadToEndAsync(late.Token)
            );
            await story.WaitForExitAsync(late.Token);
            Assert.True(story.ExitCode == 0, $"{await told}\n{await errors}");
            Assert.Contains("most exact: ", await told, StringComparison.Ordinal);
            Assert.Contains("an upload is rejected", await told, StringComparison.Ordinal);
        }
        finally
        {
            if (!story.HasExited)
                story.Kill(entireProcessTree: true);
        }
    }
}
