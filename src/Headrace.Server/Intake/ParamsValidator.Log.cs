using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake;

internal sealed partial class ParamsValidator
{
    [LoggerMessage(
        LogLevel.Warning,
        "The stored schema of a method {Fault}, so jobs of that method are rejected. Offer the method as a new version "
            + "with a valid schema: {Schema}"
    )]
    private static partial void SchemaQuarantined(ILogger logger, string fault, string schema);
}
