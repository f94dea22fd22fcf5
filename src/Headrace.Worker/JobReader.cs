using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Headrace.Worker.Exchange;

namespace Headrace.Worker;

/// <summary>
/// Reads the jobs of one call of a <c>MapStream</c> method. The method must end each job that it has read; jobs that it
/// has not read can be reassigned to another worker.
/// </summary>
/// <typeparam name="TInput">The input that the binding delegate created from each job.</typeparam>
public sealed class JobReader<TInput>
{
    // The channel contains at most as many jobs as this worker holds leases.
    private readonly Channel<AttemptLease<TInput>> _jobs = Channel.CreateUnbounded<AttemptLease<TInput>>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    internal JobReader() { }

    /// <summary>
    /// Reads the next job if one is available. Never waits; call it when the method has capacity for another job.
    /// </summary>
    /// <param name="job">The job; null when none is available.</param>
    /// <returns>True when a job was read.</returns>
    public bool TryRead([NotNullWhen(true)] out JobLease<TInput>? job)
    {
        while (_jobs.Reader.TryRead(out var next))
        {
            // Invalid jobs are counted too, because a call that has read one has made progress.
            TakenCount++;
            // Skip a job that was recalled in the meantime, or whose parameters are invalid.
            if (!next.TryStart())
                continue;
            job = next;
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
        _jobs.Reader.WaitToReadAsync(cancellationToken);

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

    /// <summary>Gets the number of jobs that were read, including recalled and invalid ones.</summary>
    internal long TakenCount { get; private set; }

    internal bool IsEmpty => !_jobs.Reader.TryPeek(out _);

    internal void Add(AttemptLease<TInput> job) => _jobs.Writer.TryWrite(job);

    internal void Complete() => _jobs.Writer.TryComplete();
}
