using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Headrace.Worker.Executors;
using Headrace.Worker.Methods;

namespace Headrace.Worker;

/// <summary>
/// Reads the jobs of one call of a <c>MapStream</c> method. The method must end each job that it has read; jobs that it
/// has not read can be reassigned to another worker.
/// </summary>
/// <typeparam name="TInput">The input that the binding delegate created from each job.</typeparam>
public sealed class JobReader<TInput>
{
    private readonly JobReader _jobs;
    private readonly BoundDelegate _bind;

    internal JobReader(JobReader jobs, BoundDelegate bind)
    {
        (_jobs, _bind) = (jobs, bind);
    }

    /// <summary>
    /// Reads the next job if one is available. Never waits; call it when the method has capacity for another job.
    /// </summary>
    /// <param name="job">The job; null when none is available.</param>
    /// <returns>True when a job was read.</returns>
    public bool TryRead([NotNullWhen(true)] out JobLease<TInput>? job)
    {
        while (_jobs.TryRead(out var next))
        {
            // Skips a job whose parameters are invalid. Such a job has already ended.
            job = BoundLease<TInput>.TryBind(next, _bind);
            if (job is not null)
                return true;
        }
        job = null;
        return false;
    }

    /// <summary>Waits until a job may be available.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// True when a job may be available; false when the worker is stopping and the method must return.
    /// </returns>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _jobs.WaitToReadAsync(cancellationToken);

    /// <summary>
    /// Reads the jobs one after another, and waits for the next one while none is available. The enumeration ends when
    /// the worker is stopping.
    /// </summary>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The jobs, in the order in which the server granted them.</returns>
    public async IAsyncEnumerable<JobLease<TInput>> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        while (await WaitToReadAsync(cancellationToken))
            while (TryRead(out var job))
                yield return job;
    }
}
