using System.ComponentModel;
using System.Diagnostics;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// Runs a shell command for each delivered job. The result is its standard input; its environment contains
/// <c>HEADRACE_JOB</c>, <c>HEADRACE_STATE</c>, <c>HEADRACE_METHOD</c> and <c>HEADRACE_QUEUE</c>.
/// </summary>
internal sealed class DeliveryExecutor(CommandContext context, HeadraceClient client, string command) : IDeliveryHandler
{
    public async Task<bool> HandleAsync(JobReply job, CancellationToken cancellationToken)
    {
        var result = job.HasSucceeded()
            ? (await client.GetResultAsync(job.Id, cancellationToken)).Bytes
            : ReadOnlyMemory<byte>.Empty;
        using var process = Start(job);
        try
        {
            await WriteInputAsync(process, result, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode == 0)
            return true;
        context.WriteNote(
            $"The command failed for job {job.Id} with exit code {process.ExitCode}. The feed delivers the job again."
        );
        return false;
    }

    private Process Start(JobReply job)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            RedirectStandardInput = true,
            Environment =
            {
                ["HEADRACE_JOB"] = job.Id,
                ["HEADRACE_STATE"] = job.State,
                ["HEADRACE_METHOD"] = job.Method,
                ["HEADRACE_QUEUE"] = job.Queue,
            },
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new UsageException($"/bin/sh cannot be started: {failure.Message}.");
        }
    }

    private static async Task WriteInputAsync(
        Process process,
        ReadOnlyMemory<byte> result,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(result, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command does not read its input. Its exit code decides.
        }
    }
}
