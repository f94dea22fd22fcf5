using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

internal sealed partial class LocalPool
{
    [LoggerMessage(LogLevel.Debug, "Started worker {Worker} (process {Process}), incarnation {Incarnation}")]
    private partial void WorkerStarted(WorkerName worker, int process, Incarnation incarnation);

    [LoggerMessage(LogLevel.Error, "A local worker cannot be started: {Why} Next attempt in {Rest} s")]
    private partial void WorkerCannotStart(string why, double rest);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} (process {Process}) {How}. The next process starts in {Rest} s")]
    private partial void WorkerDied(WorkerName worker, int process, string how, double rest);

    [LoggerMessage(LogLevel.Error, "Worker {Worker} (process {Process}) {How}")]
    private partial void WorkerAbandoned(WorkerName worker, int process, string how);

    [LoggerMessage(LogLevel.Debug, "Worker {Worker} (process {Process}) ended as requested")]
    private partial void WorkerEnded(WorkerName worker, int process);

    [LoggerMessage(
        LogLevel.Information,
        "Draining worker {Worker} (process {Process}): workers of an earlier server have reconnected"
    )]
    private partial void WorkerDraining(WorkerName worker, int process);

    [LoggerMessage(LogLevel.Information, "Waiting at most {Grace} s for {Count} local workers to finish their jobs")]
    private partial void Draining(int count, double grace);

    [LoggerMessage(LogLevel.Warning, "Killing worker {Worker} (process {Process}): it did not exit in time")]
    private partial void Killing(WorkerName worker, int process);

    [LoggerMessage(
        LogLevel.Warning,
        "Killing worker {Worker}: it has not contacted the server for {Silent} s and holds exclusive jobs"
    )]
    private partial void KillingPaused(WorkerName worker, double silent);

    [LoggerMessage(LogLevel.Error, "A check of the local pool failed. The pool repeats it shortly")]
    private partial void ReconcileFailed(Exception fault);

    [LoggerMessage(LogLevel.Information, "[{Worker}] {Line}")]
    private partial void WorkerLine(WorkerName worker, string line);
}
