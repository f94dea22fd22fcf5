using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Checks four times a second that the files through which other processes reach a running server still exist: the data
/// folder with its database, lock and admin key, the Unix socket, and the file for the command line. It restores those
/// that can be restored. A server that runs for months can lose these files: they may be deleted by a program that
/// removes old files, when the server's user logs out, or by mistake.
/// </summary>
internal sealed partial class FileMonitor(
    DataFolder folder,
    ServerSecrets secrets,
    SocketFile socket,
    RunningServerFile? runningServer,
    TimeProvider time,
    ILogger<FileMonitor> logger
)
{
    /// <summary>A check reads the status of six files, which takes about 20 µs.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Returns null when cancelled. If the data folder is lost, returns the reason at once, because everything that the
    /// server accepted afterwards would be lost as well.
    /// </summary>
    public async Task<Reason?> RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (folder.Check() is { } lost)
                    return lost;
                if (secrets.RestoreAdminKey())
                    AdminKeyRestored(folder.Path);
                await socket.RestoreAsync(stop);
                runningServer?.Restore();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }
#pragma warning disable CA1031 // The next check may succeed. If the loop ended, a later loss would not be noticed.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                CheckFailed(fault.Message);
            }
            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
        return null;
    }

    [LoggerMessage(LogLevel.Warning, "The admin key in {Folder} was deleted. Wrote it again")]
    private partial void AdminKeyRestored(string folder);

    [LoggerMessage(LogLevel.Error, "The check of the server's files failed: {Why}")]
    private partial void CheckFailed(string why);
}
