using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Jobs;

/// <summary>Every live job by id.</summary>
internal sealed class JobTable
{
    private readonly Dictionary<JobId, Job> _jobs = [];

    public int Count => _jobs.Count;

    public Dictionary<JobId, Job>.ValueCollection All => _jobs.Values;

    /// <summary>So many more are coming: growing step by step would leave a copy of the table behind at each.</summary>
    public void Expect(long jobs) => _jobs.EnsureCapacity((int)Math.Min(Array.MaxLength, _jobs.Capacity + jobs));

    public void Add(Job job) => _jobs.Add(job.Id, job);

    public void Remove(Job job) => _jobs.Remove(job.Id);

    public bool TryGet(JobId id, [NotNullWhen(true)] out Job? job) => _jobs.TryGetValue(id, out job);
}
