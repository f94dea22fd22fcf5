using System.Diagnostics;
using Headrace.Commands;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class CheckoutTests
{
    [Fact]
    public async Task Command_line_of_the_checkout_runs_from_any_folder_with_an_empty_home()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "headrace"), ["submit", "--help"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = folder.Path;

        using var process = Process.Start(start)!;
        var run = await CliProcess.EndAsync(process, "submit --help");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains("headrace submit <METHOD>", run.Out, StringComparison.Ordinal);
    }
}
