using System.ComponentModel;
using System.Diagnostics;
using Headrace.Commands;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>Runs a shell command for each delivery.</summary>
internal sealed class DeliveryCommand(CommandContext context, string command)
{
    /// <summary>Returns true if the command succeeded.</summary>
    public async Task<bool> RunAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var content = await delivery.ReadContentAsync(cancellationToken);
        using var process = Start(delivery);
        try
        {
            await WriteInputAsync(process, content, cancellationToken);
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
            $"The command failed for {delivery.Description} with exit code {process.ExitCode}. The delivery is "
                + "released and will be repeated."
        );
        return false;
    }

    private Process Start(Delivery delivery)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true };
        foreach (var (name, value) in delivery.Environment)
            start.Environment[name] = value;
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
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(content, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended or closed its input without reading all of it. Only its exit code matters.
        }
    }
}
