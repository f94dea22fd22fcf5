using System.Diagnostics;
using Headrace.Worker;

namespace Headrace.Tests.Docs;

/// <summary>The executor in docs/methods-in-csharp.md, exactly as printed there.</summary>
internal sealed class SortExecutor : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            job.End(await RunAsync(job));
    }

    private static async Task<JobOutcome> RunAsync(JobExecution job)
    {
        using var process = Process.Start(
            new ProcessStartInfo("sort") { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        using var stop = job.CancellationToken.Register(process.Kill);
        await process.StandardInput.BaseStream.WriteAsync(job.Body);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        return process.ExitCode switch
        {
            0 => JobOutcome.Succeeded(output.ToArray(), "text/plain"),
            > 128 => JobOutcome.Crashed($"sort was killed by signal {process.ExitCode - 128}.", wasAlone: true),
            var code => JobOutcome.Failed("ExitCode", $"sort exited with {code}."),
        };
    }
}
