using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake.Batches;

internal sealed partial class BatchPump
{
    [LoggerMessage(LogLevel.Error, "Job {Line} of a batch failed; further failures of this batch are not logged")]
    private static partial void JobFailed(ILogger logger, Exception fault, int line);
}
