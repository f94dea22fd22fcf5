using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Jobs;

/// <summary>All unfinished jobs by id.</summary>
internal sealed class JobTable
{
    private readonly Dictionary<JobId, Job> _jobs = [];

    public int Count => _jobs.Count;

    public Dictionary<JobId, Job>.ValueCollection All => _jobs.Values;

    /// <summary>
    /// Reserves capacity for this many additional jobs. Growing the table step by step would discard a copy of it at
    /// each step.
    /// </summary>
    public void EnsureCapacity(long jobs) =>
        _jobs.EnsureCapacity((int)Math.Min(Array.MaxLength, _jobs.Capacity + jobs));

    public void Add(Job job) => _jobs.Add(job.Id, job);

    public void Remove(Job job) => _jobs.Remove(job.Id);

    public bool TryGet(JobId id, [NotNullWhen(true)] out Job? job) => _jobs.TryGetValue(id, out job);
}
