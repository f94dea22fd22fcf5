using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

internal sealed partial class LocalPool
{
    [LoggerMessage(LogLevel.Debug, "Started {Worker} (process {Process}), incarnation {Incarnation}")]
    private partial void WorkerStarted(WorkerName worker, int process, Incarnation incarnation);

    [LoggerMessage(LogLevel.Error, "No local worker can be started: {Why} The next try is in {Rest} s")]
    private partial void WorkerCannotStart(string why, double rest);

    [LoggerMessage(LogLevel.Warning, "{Worker} (process {Process}) {How}. The next is started in {Rest} s")]
    private partial void WorkerDied(WorkerName worker, int process, string how, double rest);

    [LoggerMessage(LogLevel.Error, "{Worker} (process {Process}) {How}")]
    private partial void WorkerAbandoned(WorkerName worker, int process, string how);

    [LoggerMessage(LogLevel.Debug, "{Worker} (process {Process}) ended as asked")]
    private partial void WorkerEnded(WorkerName worker, int process);

    [LoggerMessage(
        LogLevel.Information,
        "{Worker} (process {Process}) finishes and goes: workers of an earlier server have come back"
    )]
    private partial void WorkerDraining(WorkerName worker, int process);

    [LoggerMessage(
        LogLevel.Information,
        "Waiting for {Count} local workers to finish what they run, {Grace} s at most"
    )]
    private partial void Draining(int count, double grace);

    [LoggerMessage(LogLevel.Warning, "Killing {Worker} (process {Process}): it has not ended in time")]
    private partial void Killing(WorkerName worker, int process);

    [LoggerMessage(
        LogLevel.Warning,
        "Killing {Worker}: it has been silent for {Silent} s and holds work that must not run twice at once"
    )]
    private partial void KillingPaused(WorkerName worker, double silent);

    [LoggerMessage(LogLevel.Error, "A turn of the local pool failed; the next comes soon")]
    private partial void ReconcileFailed(Exception fault);

    [LoggerMessage(LogLevel.Information, "[{Worker}] {Line}")]
    private partial void WorkerLine(WorkerName worker, string line);
}
