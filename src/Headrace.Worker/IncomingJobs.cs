using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Worker.Exchange;

namespace Headrace.Worker;

/// <summary>
/// Reads the jobs of one call of a <c>MapStream</c> method. The method must end each job that it has read; jobs that it
/// has not read can be reassigned to another worker.
/// </summary>
/// <typeparam name="TInput">The input that the binding delegate created from each job.</typeparam>
public sealed class IncomingJobs<TInput>
{
    // Bounded by the leases of this worker: no more jobs than that are ever written.
    private readonly Channel<OpenJob<TInput>> _jobs = Channel.CreateUnbounded<OpenJob<TInput>>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    internal IncomingJobs() { }

    /// <summary>
    /// Reads the next job if one is available. Never waits; call it when the method has capacity for another job.
    /// </summary>
    /// <param name="job">The job; null when none is available.</param>
    /// <returns>True when a job was read.</returns>
    public bool TryTake([NotNullWhen(true)] out IOpenJob<TInput>? job)
    {
        while (_jobs.Reader.TryRead(out var next))
        {
            // Counts invalid jobs too: a call that read one has made progress.
            Taken++;
            // Skip a job that was recalled in the meantime, or whose parameters are invalid.
            if (!next.TryBegin())
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
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) =>
        _jobs.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Gets the number of jobs that were read, including recalled and invalid ones.</summary>
    internal long Taken { get; private set; }

    internal bool IsEmpty => !_jobs.Reader.TryPeek(out _);

    internal void Add(OpenJob<TInput> job) => _jobs.Writer.TryWrite(job);

    internal void Close() => _jobs.Writer.TryComplete();
}
