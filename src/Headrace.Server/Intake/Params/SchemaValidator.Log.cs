using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake.Params;

internal sealed partial class SchemaValidator
{
    [LoggerMessage(
        LogLevel.Warning,
        "A method's schema cannot be used, so its params are not checked at the door: {Schema}"
    )]
    private static partial void SchemaUnusable(ILogger logger, Exception fault, string schema);
}
