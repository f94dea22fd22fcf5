using Headrace.Core.Jobs;

namespace Headrace.Server.Pools;

/// <summary>
/// Where the workers of a pool come from: processes of this machine; later allocations of a cluster, or any command. A
/// worker that was asked for is kept until it is stopped: when it dies, or
/// cannot be started, the provider tries again by itself, with growing rests.
/// </summary>
internal interface IWorkerProvider
{
    /// <summary>What it is, in a word.</summary>
    string Kind { get; }

    /// <summary>
    /// Every worker that was asked for and is not gone, those included that an earlier server left behind.
    /// </summary>
    IReadOnlyList<ProvidedWorker> List();

    /// <summary>Asks for one more; <see cref="List"/> shows it when this ends.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Keeps this one no longer. One that has joined was told by its server to finish what it holds and go, and is left
    /// to do so; one that was not seen to join is asked to end by the provider.
    /// </summary>
    Task StopAsync(ProvidedWorker worker, CancellationToken cancellationToken);
}

/// <summary>A worker as its provider knows it.</summary>
/// <param name="Place">Tells it from the others of its provider, also while it has no process.</param>
/// <param name="Self">Who it is, once it has a process.</param>
/// <param name="State">What the provider did last.</param>
/// <param name="Duration">
/// For how long it has been wanted: since it was asked for, or since the last process in its place that had joined
/// ended.
/// </param>
/// <param name="ProcessId">The process on this machine; null for none.</param>
/// <param name="Message">
/// How its last process ended, or why none could be started; null when nothing went wrong.
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
    /// <summary>It has a process, or is about to get its first.</summary>
    Started,

    /// <summary>Its last process ended unasked, or could not be started, and the next has not joined.</summary>
    Failing,

    /// <summary>It was stopped and is not gone yet.</summary>
    Leaving,
}
