using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Queues;

namespace Headrace.Core.Jobs;

/// <summary>
/// All unfinished jobs by id. The broker keeps them in memory, so the server limits their total number and size, in
/// addition to the limits of each queue (R13).
/// </summary>
internal sealed class JobTable(BrokerOptions options)
{
    private readonly JobMap _jobs = new();

    public int Count => _jobs.Count;

    /// <summary>Size of the params and headers in memory, in bytes.</summary>
    public long ResidentBytes { get; private set; }

    public OwnerUsage Owners { get; } = new();

    public CompletionRate CompletionRate { get; } = new();

    public IEnumerable<Job> All => _jobs.Values;

    public void Add(Job job)
    {
        _jobs.Add(job);
        ResidentBytes += job.Spec.ResidentBytes;
        Owners.Add(job.Spec);
    }

    public void Remove(Job job)
    {
        if (!_jobs.Remove(job.Id))
            return;
        ResidentBytes -= job.Spec.ResidentBytes;
        Owners.Remove(job.Spec);
    }

    public bool TryGet(JobId id, [NotNullWhen(true)] out Job? job) => _jobs.TryGet(id, out job);

    public bool HasCapacity(JobSpec spec) =>
        _jobs.Count < options.MaxJobs && ResidentBytes + spec.ResidentBytes <= options.MaxResidentBytes;

    /// <summary>Creates the rejection for a job for which the server has no capacity.</summary>
    public Rejection FullRejection(JobSpec spec, Elapsed now)
    {
        var (bound, detail) =
            _jobs.Count >= options.MaxJobs
                ? (
                    JobBound.ServerJobs,
                    $"The server is full: it has reached its limit of {options.MaxJobs} unfinished jobs in all queues."
                )
                : (
                    JobBound.ServerBytes,
                    $"The params and headers of the unfinished jobs in all queues occupy {ResidentBytes} bytes of "
                        + $"memory, and this job of {spec.ResidentBytes} bytes would exceed the limit of "
                        + $"{options.MaxResidentBytes} bytes."
                );
        return new Rejection(RejectionKind.ServerFull, detail)
        {
            Bound = bound,
            RetryAfter = CompletionRate.TimeToEnd(_jobs.Count + 1 - options.MaxJobs, now),
        };
    }
}
