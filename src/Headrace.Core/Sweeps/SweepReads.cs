using Headrace.Core.Jobs;

namespace Headrace.Core.Sweeps;

/// <summary>
/// The page reads in progress, each with the ended jobs that have been retried or deleted in the meantime. The rows of
/// these jobs in the page are out of date (R2). Unfinished jobs are in memory, so their rows are not needed.
/// </summary>
internal sealed class SweepReads
{
    private readonly Dictionary<RequestId, HashSet<JobId>> _reads = [];

    public void Begin(RequestId requestId) => _reads[requestId] = [];

    /// <summary>Records that the row of an ended job no longer exists.</summary>
    public void OnEndedRowRemoved(JobId job)
    {
        foreach (var removed in _reads.Values)
            removed.Add(job);
    }

    /// <summary>Ends a read. Returns the jobs whose rows are out of date.</summary>
    public IReadOnlySet<JobId> End(RequestId requestId) =>
        _reads.Remove(requestId, out var removed) ? removed : new HashSet<JobId>();
}
