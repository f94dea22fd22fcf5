using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class RoomWatch
{
    [LoggerMessage(LogLevel.Warning, "No new jobs for want of room: {Why}")]
    private partial void RoomIsLow(string why);

    [LoggerMessage(LogLevel.Information, "There is room again: jobs are taken and started")]
    private partial void RoomIsBack();

    [LoggerMessage(
        LogLevel.Warning,
        "A commit found no room on the disk: the ballast is given up, so that what runs can be recorded"
    )]
    private partial void BallastGivenUp();

    [LoggerMessage(LogLevel.Debug, "The ballast lies on the disk")]
    private partial void BallastLaid();

    [LoggerMessage(LogLevel.Error, "The look at the disk's room failed")]
    private partial void TurnFailed(Exception fault);
}
