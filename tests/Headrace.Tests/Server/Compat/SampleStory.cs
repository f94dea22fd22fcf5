using System.Diagnostics;
using Headrace.Tests.Architecture;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>The scenario of a seed system, as a script in <c>samples</c> that starts a server and checks it.</summary>
internal static class SampleStory
{
    /// <summary>
    /// Runs <c>samples/SAMPLE/story.py</c> with the built executable. Returns its output; fails if the script fails or
    /// the deadline passes.
    /// </summary>
    public static async Task<string> RunAsync(string sample, TimeSpan deadline, params string[] options)
    {
        var script = Path.Combine(Repository.Root, "samples", sample, "story.py");
        var start = new ProcessStartInfo("python3", [script, "--headrace", CliProcess.Executable, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var story = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(deadline);
        try
        {
            var (output, errors) = (
                story.StandardOutput.ReadToEndAsync(late.Token),
                story.StandardError.ReadToEndAsync(late.Token)
            );
            await story.WaitForExitAsync(late.Token);
            Assert.True(story.ExitCode == 0, $"{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            if (!story.HasExited)
                story.Kill(entireProcessTree: true);
        }
    }
}
