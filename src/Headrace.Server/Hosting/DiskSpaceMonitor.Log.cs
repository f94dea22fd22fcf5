using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class DiskSpaceMonitor
{
    [LoggerMessage(LogLevel.Warning, "No new jobs for want of room: {Why}")]
    private partial void SpaceIsLow(string why);

    [LoggerMessage(LogLevel.Information, "There is room again: jobs are taken and started")]
    private partial void SpaceIsBack();

    [LoggerMessage(
        LogLevel.Warning,
        "A commit found no room on the disk: the ballast is given up, so that what runs can be recorded"
    )]
    private partial void BallastReleased();

    [LoggerMessage(LogLevel.Debug, "The ballast lies on the disk")]
    private partial void BallastRestored();

    [LoggerMessage(LogLevel.Error, "The look at the disk's room failed")]
    private partial void CheckFailed(Exception fault);
}
