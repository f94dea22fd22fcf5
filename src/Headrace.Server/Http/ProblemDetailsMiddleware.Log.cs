using Microsoft.Extensions.Logging;

namespace Headrace.Server.Http;

internal sealed partial class ProblemDetailsMiddleware
{
    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void RequestFailed(ILogger logger, Exception fault, string method, string path);

    [LoggerMessage(LogLevel.Information, "{Method} {Path} has a malformed body: {Reason}")]
    private static partial void BodyMalformed(ILogger logger, string method, string path, string reason);

    [LoggerMessage(LogLevel.Error, "{Words}")]
    private static partial void PayloadDamaged(ILogger logger, string words);
}
