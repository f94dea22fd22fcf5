using Microsoft.Extensions.Logging;

namespace Headrace.Server.Http;

internal sealed partial class ProblemDetailsMiddleware
{
    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void RequestFailed(ILogger logger, Exception fault, string method, string path);

    [LoggerMessage(LogLevel.Error, "{Words}")]
    private static partial void PayloadDamaged(ILogger logger, string words);
}
