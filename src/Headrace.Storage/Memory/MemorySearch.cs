using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Storage.Memory;

/// <summary>
/// Searches jobs from a cursor onwards, by id or by completion number in descending order. It scans row by row until
/// the page is full or the time budget is exhausted.
/// </summary>
internal sealed class MemorySearch(MemoryTables tables, JobFilter filter, JobOrder order, TimeProvider time)
{
    /// <summary>Number of rows scanned between two checks of the time budget.</summary>
    private const int RowsPerTimeCheck = 64;

    /// <summary>
    /// Finds at most <paramref name="limit"/> jobs. Stops earlier if the time budget is exhausted or
    /// <paramref name="maxExamined"/> jobs have been examined.
    /// </summary>
    public Page Find(Cursor after, int limit, TimeSpan budget, int maxExamined = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var start = time.GetTimestamp();
        var rows = new List<StoredRow>();
        var looked = 0;
        var at = after;
        foreach (var (key, job, row) in Candidates(after))
        {
            if (rows.Count == limit)
                return new Page(rows, at, Complete: true) { Examined = looked };
            if (
                looked >= maxExamined
                || (looked > 0 && looked % RowsPerTimeCheck == 0 && time.GetElapsedTime(start) >= budget)
            )
                return new Page(rows, at, Complete: false) { Examined = looked };
            looked++;
            at = new Cursor(key);
            if (row is DoneRow done ? filter.Matches(done) : filter.Matches(job))
                rows.Add(row);
        }
        return new Page(rows, null, Complete: true) { Examined = looked };
    }

    private IEnumerable<(long Key, JobRow Job, StoredRow Row)> Candidates(Cursor after)
    {
        var scope = JobScope.Of(filter, order);
        // The rows of a tag do not state whether their jobs have ended, so a search examines all of them.
        var examinesBoth = scope.Path == SearchPath.Tag && (scope.Live || scope.Ended);
        var (live, done) = examinesBoth ? (true, true) : (scope.Live, scope.Ended);
        var ofKey = filter.Key is { } text ? tables.JobsOfKey(text) : [];
        var keys = order == JobOrder.Newest ? tables.Ids : tables.CompletionNumbers;
        if (after.Key == long.MinValue)
            yield break;
        foreach (var key in keys.GetViewBetween(long.MinValue, after.Key - 1).Reverse())
        {
            var ended = order == JobOrder.Newest ? tables.Ended(new JobId(key)) : tables.ByCompletionNumber(key);
            if (ended is null && live && tables.Live(new JobId(key)) is { } job && !IsExcluded(job, scope, ofKey))
                yield return (key, job, job);
            if (ended is not null && done && !IsExcluded(ended.Job, scope, ofKey))
                yield return (key, ended.Job, ended);
        }
    }

    /// <summary>
    /// Returns true for a job that the search must skip because a store with indexes would not read it. Skipped jobs do
    /// not count as scanned rows.
    /// </summary>
    private bool IsExcluded(JobRow job, JobScope scope, HashSet<JobId> ofKey) =>
        order == JobOrder.LatestEnded
            ? filter.Queue is { } queue && job.Spec.Queue != queue
            : job.Spec.Submitted < filter.From
                || job.Spec.Submitted >= filter.To
                || scope.Path switch
                {
                    SearchPath.Key => !ofKey.Contains(job.Id),
                    SearchPath.Parent => job.Spec.Parent?.Lease.Job != filter.Parent,
                    SearchPath.Tag => !job.Spec.Tags.Values.Contains(filter.Tags.Values[0]),
                    SearchPath.Unsuccessful => filter.UnsuccessfulState is { } state
                        ? job.Status.State != state
                        : job.Status.State == JobState.Succeeded,
                    _ => false,
                };
}
