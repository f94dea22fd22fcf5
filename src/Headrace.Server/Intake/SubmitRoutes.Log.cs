using Headrace.Core.Jobs;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake;

internal sealed partial class SubmitRoutes
{
    [LoggerMessage(LogLevel.Error, "Job {Job} was accepted, but could not be read for the reply")]
    private static partial void ReadFailed(ILogger logger, Exception fault, JobId job);
}
