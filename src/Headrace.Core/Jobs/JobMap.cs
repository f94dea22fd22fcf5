using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Jobs;

/// <summary>
/// Jobs by id, in many small tables. A table that grows copies its entries; one table for a million jobs would take
/// more than 10 ms to do so, in a single turn (R3). Neighbouring ids share a table, so that the tables grow one after
/// another while jobs are added in the order of their ids.
/// </summary>
internal sealed class JobMap
{
    /// <summary>Number of tables. Five million jobs, the usual limit, are 20,000 in each.</summary>
    private const int Tables = 256;

    /// <summary>Number of neighbouring ids that share a table, as a power of two.</summary>
    private const int NeighbourBits = 12;

    /// <summary>The tables by the bits of the ids; a table is created with its first job.</summary>
    private readonly Dictionary<JobId, Job>?[] _tables = new Dictionary<JobId, Job>?[Tables];

    private readonly List<Dictionary<JobId, Job>> _created = [];

    public int Count { get; private set; }

    public IEnumerable<Job> Values
    {
        get
        {
            foreach (var table in _created)
                foreach (var job in table.Values)
                    yield return job;
        }
    }

    public void Add(Job job)
    {
        ref var table = ref TableOf(job.Id);
        if (table is null)
            _created.Add(table = []);
        table.Add(job.Id, job);
        Count++;
    }

    /// <summary>Removes a job. Returns false if there is no such job.</summary>
    public bool Remove(JobId id)
    {
        if (TableOf(id)?.Remove(id) != true)
            return false;
        Count--;
        return true;
    }

    public bool TryGet(JobId id, [NotNullWhen(true)] out Job? job)
    {
        job = null;
        return TableOf(id)?.TryGetValue(id, out job) == true;
    }

    private ref Dictionary<JobId, Job>? TableOf(JobId id) =>
        ref _tables[(int)(id.Value >> NeighbourBits) & (Tables - 1)];
}
