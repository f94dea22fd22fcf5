using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

internal sealed partial class AdoptedWorkers
{
    [LoggerMessage(
        LogLevel.Information,
        "Worker {Worker}, incarnation {Incarnation}, was started by an earlier server and its process no "
            + "longer exists. Its jobs are handed on"
    )]
    private partial void Exited(WorkerName worker, Incarnation incarnation);

    [LoggerMessage(
        LogLevel.Warning,
        "Worker {Worker} (process {Process}), started by an earlier server, crashed or was killed. Its jobs "
            + "are handed on"
    )]
    private partial void Died(WorkerName worker, int process);

    [LoggerMessage(LogLevel.Warning, "Killing worker {Worker} (process {Process}): it did not exit in time")]
    private partial void Killing(WorkerName worker, int process);
}
