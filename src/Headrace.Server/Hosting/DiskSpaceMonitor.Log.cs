using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class DiskSpaceMonitor
{
    [LoggerMessage(LogLevel.Warning, "Not accepting new jobs because disk space is low: {Why}")]
    private partial void SpaceIsLow(string why);

    [LoggerMessage(LogLevel.Information, "Disk space is sufficient again. Accepting and starting jobs")]
    private partial void SpaceIsBack();

    [LoggerMessage(
        LogLevel.Warning,
        "A commit ran out of disk space. Deleted the ballast file so that running jobs can be recorded"
    )]
    private partial void BallastReleased();

    [LoggerMessage(LogLevel.Debug, "Created the ballast file")]
    private partial void BallastRestored();

    [LoggerMessage(LogLevel.Error, "The disk space check failed")]
    private partial void CheckFailed(Exception fault);
}
