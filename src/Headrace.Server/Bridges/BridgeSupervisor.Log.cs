using Microsoft.Extensions.Logging;

namespace Headrace.Server.Bridges;

/// <content>The log messages.</content>
internal sealed partial class BridgeSupervisor
{
    [LoggerMessage(LogLevel.Information, "Bridge {Bridge} started")]
    private static partial void Started(ILogger logger, string bridge);

    [LoggerMessage(LogLevel.Information, "Bridge {Bridge} stopped")]
    private static partial void Stopped(ILogger logger, string bridge);

    [LoggerMessage(LogLevel.Warning, "Bridge {Bridge} failed and tries again: {Error}")]
    private static partial void Failed(ILogger logger, string bridge, string error);
}
