using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Headrace.Worker.Exchange;

namespace Headrace.Worker;

/// <summary>
/// Reads the jobs of one call of an <see cref="IMethodExecutor"/>. The executor must end each job that it has read;
/// jobs that it has not read can be reassigned to another worker. Only one thread may read at a time.
/// </summary>
public sealed class JobReader
{
    private readonly ExecutorCall _call;

    internal JobReader(ExecutorCall call)
    {
        _call = call;
    }

    /// <summary>
    /// Reads the next job if one is available. Never waits; call it when the executor has capacity for another job.
    /// </summary>
    /// <param name="job">The job; null when none is available.</param>
    /// <returns>True when a job was read.</returns>
    public bool TryRead([NotNullWhen(true)] out JobExecution? job)
    {
        job = _call.TryStartNext();
        return job is not null;
    }

    /// <summary>Waits until a job may be available.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// True when a job may be available; false when the worker is stopping and the executor must return.
    /// </returns>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _call.WaitToReadAsync(cancellationToken);

    /// <summary>
    /// Reads the jobs one after another, and waits for the next one while none is available. The enumeration ends when
    /// the worker is stopping.
    /// </summary>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The jobs, in the order in which the server granted them.</returns>
    public async IAsyncEnumerable<JobExecution> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (await WaitToReadAsync(cancellationToken))
            while (TryRead(out var job))
                yield return job;
    }

    /// <summary>
    /// Reads the jobs in batches. If the method sets <see cref="ExecutorOptions.MaxBatchSize"/>, these are the batches
    /// that the worker has collected. Otherwise, each batch contains all jobs that are available at the time of the
    /// read. The enumeration ends when the worker is stopping.
    /// </summary>
    /// <remarks>The next batch is collected when the executor reads again.</remarks>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The batches, none of which are empty.</returns>
    public async IAsyncEnumerable<IReadOnlyList<JobExecution>> ReadBatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (await WaitToReadAsync(cancellationToken))
            if (_call.StartAvailable() is { Count: > 0 } batch)
                yield return batch;
    }
}
