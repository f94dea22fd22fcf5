using Headrace.Core.Jobs;

namespace Headrace.Server.Pools;

/// <summary>
/// Supplies the workers of a pool: local processes today; later allocations of a cluster, or any command. A requested
/// worker is kept until it is stopped: when it exits or cannot be started, the provider tries again by itself, with
/// increasing delays.
/// </summary>
internal interface IWorkerProvider
{
    /// <summary>The kind of provider, in a few words.</summary>
    string Kind { get; }

    /// <summary>Every requested worker that has not ended, including those that an earlier server started.</summary>
    IReadOnlyList<ProvidedWorker> List();

    /// <summary>Requests one more worker; <see cref="List"/> includes it when this method returns.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Releases this worker. The server has already told a joined worker to finish its jobs and exit, so the provider
    /// waits for that; the provider itself asks a worker that was not seen to join to exit.
    /// </summary>
    Task StopAsync(ProvidedWorker worker, CancellationToken cancellationToken);
}

/// <summary>A worker as its provider sees it.</summary>
/// <param name="Place">Identifies the worker among those of its provider, even while it has no process.</param>
/// <param name="Self">The worker's identity, once it has a process.</param>
/// <param name="State">The state of the worker in its provider.</param>
/// <param name="Duration">
/// How long it has been requested: since the request, or since the end of the last process in its place that had
/// joined.
/// </param>
/// <param name="ProcessId">The process on this machine; null for none.</param>
/// <param name="Message">How its last process ended, or why none could be started; null if nothing failed.</param>
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
    /// <summary>It has a process, or is about to get its first one.</summary>
    Started,

    /// <summary>
    /// Its last process exited unexpectedly or could not be started, and the next one has not joined.
    /// </summary>
    Failing,

    /// <summary>It was stopped but has not exited yet.</summary>
    Leaving,
}
