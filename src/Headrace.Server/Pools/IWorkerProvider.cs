using Headrace.Core.Jobs;

namespace Headrace.Server.Pools;

/// <summary>
/// Supplies the workers of a pool. Currently, workers are local processes. Other providers could use cluster
/// allocations or any other command. A requested worker is kept running until it is stopped: if it exits or cannot be
/// started, the provider starts it again, with increasing delays.
/// </summary>
internal interface IWorkerProvider
{
    /// <summary>A short description of the kind of provider.</summary>
    string Kind { get; }

    /// <summary>
    /// Returns every requested worker that has not exited, including those that an earlier server started.
    /// </summary>
    IReadOnlyList<ProvidedWorker> List();

    /// <summary>
    /// Requests one more worker. When this method returns, <see cref="List"/> includes the new worker.
    /// </summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Stops this worker. If the worker has joined, the server has already instructed it to finish its jobs and exit,
    /// and the provider only waits. If the server has not seen the worker join, the provider asks the worker to exit.
    /// </summary>
    Task StopAsync(ProvidedWorker worker, CancellationToken cancellationToken);
}

/// <summary>The state of a worker as reported by its provider.</summary>
/// <param name="Place">
/// Identifies the worker among all workers of its provider, even while the worker has no process.
/// </param>
/// <param name="Self">The worker's identity; null while the worker has no process.</param>
/// <param name="State">The state of the worker in its provider.</param>
/// <param name="Duration">
/// The time since the worker was requested, or since the exit of the last process that had joined.
/// </param>
/// <param name="ProcessId">The id of the process on this machine; null if there is no process.</param>
/// <param name="Message">
/// How the worker's last process exited, or why no process could be started; null if nothing failed.
/// </param>
internal sealed record ProvidedWorker(
    long Place,
    LeaseHolder? Self,
    ProvidedState State,
    TimeSpan Duration,
    int? ProcessId,
    string? Message
);

internal enum ProvidedState
{
    /// <summary>The worker has a process, or its first process is about to start.</summary>
    Started,

    /// <summary>
    /// The worker's last process exited unexpectedly or could not be started, and the next process has not joined yet.
    /// </summary>
    Failing,

    /// <summary>The worker was instructed to stop but has not exited yet.</summary>
    Leaving,
}
