using Headrace.Core.Jobs;

namespace Headrace.Core.Queues;

/// <summary>
/// The ready suspects that are granted together (R10). When a process crashes while running several jobs, one of the
/// jobs is probably responsible. The jobs are split into two halves, and each half runs without any other job. A half
/// that ends without a crash is cleared, and the other half is split again. One culprit among n jobs is therefore
/// found after log2(n) further crashes instead of n isolated runs. Groups are not stored: after a restart, each
/// suspect runs alone.
/// </summary>
internal sealed class SuspectGroups
{
    private readonly Dictionary<Job, HashSet<Job>> _groups = [];

    public IEnumerable<Job> Jobs => _groups.Keys;

    /// <summary>
    /// Divides the jobs of a crashed process into two groups. The jobs are ready and in the same lane.
    /// </summary>
    public void AddHalves(IEnumerable<Job> jobs)
    {
        var ordered = jobs.ToList();
        ordered.Sort(Job.CompareServiceOrder);
        foreach (var half in ordered.Chunk((ordered.Count + 1) / 2))
        {
            if (half.Length == 1)
                continue;
            var group = half.ToHashSet();
            foreach (var job in half)
                _groups[job] = group;
        }
    }

    /// <summary>Returns the other ready jobs of the job's group, in serving order.</summary>
    public List<Job> OthersWith(Job job)
    {
        if (!_groups.TryGetValue(job, out var group))
            return [];
        var others = group.Where(other => other != job).ToList();
        others.Sort(Job.CompareServiceOrder);
        return others;
    }

    /// <summary>Removes a job that is no longer ready.</summary>
    public void Remove(Job job)
    {
        if (_groups.Remove(job, out var group))
            group.Remove(job);
    }
}
