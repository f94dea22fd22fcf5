using Microsoft.Extensions.Logging;

namespace Headrace.Server.Bridges;

/// <content>The log messages.</content>
internal sealed partial class BridgeSupervisor
{
    [LoggerMessage(LogLevel.Information, "Bridge {Bridge} started")]
    private static partial void Started(ILogger logger, string bridge);

    [LoggerMessage(LogLevel.Information, "Bridge {Bridge} stopped")]
    private static partial void Stopped(ILogger logger, string bridge);

    [LoggerMessage(
        LogLevel.Warning,
        "The server could not look for feeds without a bridge and tries again, because of an error: {Error}"
    )]
    private static partial void FeedsNotChecked(ILogger logger, string error);

    [LoggerMessage(LogLevel.Warning, "Bridge {Bridge} failed and tries again: {Error}")]
    private static partial void Failed(ILogger logger, string bridge, string error);
}
