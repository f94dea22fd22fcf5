using Headrace.Core;
using Headrace.Core.Jobs;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class EffectLog
{
    [LoggerMessage(LogLevel.Information, "Worker {Worker} joined pool {Pool}, incarnation {Incarnation}")]
    private partial void WorkerJoined(WorkerName worker, Incarnation incarnation, string pool);

    [LoggerMessage(
        LogLevel.Information,
        "Worker {Worker}, incarnation {Incarnation}, is gone: {How}; {Leases} leases went back"
    )]
    private partial void WorkerDisconnected(WorkerName worker, Incarnation incarnation, string how, int leases);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker}, incarnation {Incarnation}, was refused: {Why}")]
    private partial void WorkerRejected(WorkerName worker, Incarnation incarnation, string why);

    [LoggerMessage(LogLevel.Debug, "Job {Job} of {Method} failed ({Reason}): {Message}")]
    private partial void JobFailed(JobId job, MethodName method, FailReason reason, string? message);

    [LoggerMessage(LogLevel.Warning, "The server stood still for {Seconds} s; every lease was extended by as much")]
    private partial void Stalled(double seconds);
}
