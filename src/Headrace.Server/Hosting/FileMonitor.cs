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

    /// <summary>The steps whose last attempt failed, with the message that was logged.</summary>
    private readonly Dictionary<string, string> _failures = [];

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
                Reason? lost = null;
                await RunStepAsync("the data folder", () => Completed(() => lost = folder.Check()), stop);
                if (lost is not null)
                    return lost;
                await RunStepAsync("the admin key", () => Completed(RestoreAdminKey), stop);
                await RunStepAsync("the socket", () => socket.RestoreAsync(stop), stop);
                await RunStepAsync("the file for the command line", () => Completed(RestoreRunningServer), stop);
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }
        }
        return null;
    }

    private static Task Completed(Action step)
    {
        step();
        return Task.CompletedTask;
    }

    private void RestoreAdminKey()
    {
        if (secrets.RestoreAdminKey())
            AdminKeyRestored(folder.Path);
    }

    private void RestoreRunningServer() => runningServer?.Restore();

    /// <summary>
    /// Runs one step of a check. If it fails, for example because the disk is full, the other steps still run, and the
    /// failure is logged once.
    /// </summary>
    private async Task RunStepAsync(string subject, Func<Task> step, CancellationToken stop)
    {
        try
        {
            await step();
            _failures.Remove(subject);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // The next check may succeed. If the loop ended, a later loss would not be noticed.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (_failures.GetValueOrDefault(subject) != fault.Message)
                CheckFailed(subject, fault.Message.TrimEnd('.'));
            _failures[subject] = fault.Message;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The admin key in {Folder} was deleted. Wrote it again")]
    private partial void AdminKeyRestored(string folder);

    [LoggerMessage(
        LogLevel.Error,
        "The server cannot check or restore {Subject}: {Why}. It tries again four times a second"
    )]
    private partial void CheckFailed(string subject, string why);
}
