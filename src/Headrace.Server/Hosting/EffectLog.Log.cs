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
        "Worker {Worker}, incarnation {Incarnation}, disconnected: {How}. {Leases} leases were released"
    )]
    private partial void WorkerDisconnected(WorkerName worker, Incarnation incarnation, string how, int leases);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker}, incarnation {Incarnation}, was rejected: {Why}")]
    private partial void WorkerRejected(WorkerName worker, Incarnation incarnation, string why);

    [LoggerMessage(
        LogLevel.Warning,
        "Method {Method} of worker {Worker} was refused, and the worker receives no jobs of it: {Why}"
    )]
    private partial void OfferRefused(WorkerName worker, MethodRef method, string why);

    [LoggerMessage(LogLevel.Debug, "Job {Job} of method {Method} failed ({Reason}): {Message}")]
    private partial void JobFailed(JobId job, MethodName method, FailReason reason, string? message);

    [LoggerMessage(
        LogLevel.Warning,
        "The server made no progress for a long time: the machine was suspended, or the store accepted no commits. "
            + "Every lease and wait was extended by {Seconds} s"
    )]
    private partial void Stalled(double seconds);

    [LoggerMessage(
        LogLevel.Warning,
        "The system clock stepped forward by {Hours} hours. Deadlines follow it in {Minutes} minutes, unless the clock "
            + "returns before. Scheduled jobs and timestamps already follow it"
    )]
    private partial void ClockStepped(long hours, long minutes);

    [LoggerMessage(LogLevel.Information, "Deadlines follow the system clock again")]
    private partial void ClockTrusted();
}
