using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

internal sealed partial class AdoptedWorkers
{
    [LoggerMessage(
        LogLevel.Information,
        "{Worker}, incarnation {Incarnation}, of an earlier server has no process any more; what it held is handed on"
    )]
    private partial void Exited(WorkerName worker, Incarnation incarnation);

    [LoggerMessage(
        LogLevel.Warning,
        "{Worker} (process {Process}) of an earlier server has died; what it held is handed on"
    )]
    private partial void Died(WorkerName worker, int process);

    [LoggerMessage(LogLevel.Warning, "Killing {Worker} (process {Process}): it has not ended in time")]
    private partial void Killing(WorkerName worker, int process);
}
