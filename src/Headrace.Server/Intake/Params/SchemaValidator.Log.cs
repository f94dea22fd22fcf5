using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake.Params;

internal sealed partial class SchemaValidator
{
    [LoggerMessage(
        LogLevel.Warning,
        "The schema of a method cannot be compiled, so the server does not validate its params: {Schema}"
    )]
    private static partial void SchemaUnusable(ILogger logger, Exception fault, string schema);
}
