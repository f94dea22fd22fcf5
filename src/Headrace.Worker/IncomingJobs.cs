using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Worker.Exchange;

namespace Headrace.Worker;

/// <summary>
/// The jobs of a method mapped by <c>MapStream</c>, as one call of it gets them. Jobs that are taken are the method's
/// to end; those that are not yet taken may go to another worker.
/// </summary>
/// <typeparam name="TInput">What the mapped <c>read</c> made of each job.</typeparam>
public sealed class IncomingJobs<TInput>
{
    // Not bounded by itself: no more is handed over than this worker has leases.
    private readonly Channel<OpenJob<TInput>> _jobs = Channel.CreateUnbounded<OpenJob<TInput>>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    internal IncomingJobs() { }

    /// <summary>Takes the next job if one is there; never waits. For a method with a free lane.</summary>
    public bool TryTake([NotNullWhen(true)] out IOpenJob<TInput>? job)
    {
        while (_jobs.Reader.TryRead(out var next))
        {
            // Also one that cannot be used: a call that came upon it has not ended without looking.
            Taken++;
            // Not ours if it was taken back meanwhile, or if its parameters are no good.
            if (!next.TryBegin())
                continue;
            job = next;
            return true;
        }
        job = null;
        return false;
    }

    /// <summary>
    /// Waits until a job may be there, for a method that has nothing to do: true. False when the worker ends: return
    /// then.
    /// </summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) =>
        _jobs.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>How many jobs were looked at.</summary>
    internal long Taken { get; private set; }

    internal bool IsEmpty => !_jobs.Reader.TryPeek(out _);

    internal void Add(OpenJob<TInput> job) => _jobs.Writer.TryWrite(job);

    internal void Close() => _jobs.Writer.TryComplete();
}
