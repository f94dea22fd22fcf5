using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Storage.Memory;

/// <summary>
/// Searches jobs from a cursor onwards, by id or by completion number in descending order. It scans row by row until
/// the page is full or the time budget is spent.
/// </summary>
internal sealed class MemorySearch(MemoryTables tables, JobFilter filter, JobOrder order, TimeProvider time)
{
    /// <summary>Number of rows scanned between two checks of the time budget.</summary>
    private const int RowsPerTimeCheck = 64;

    public Page Find(Cursor after, int limit, TimeSpan budget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var start = time.GetTimestamp();
        var rows = new List<StoredRow>();
        var looked = 0;
        var at = after;
        foreach (var (key, job, row) in Candidates(after))
        {
            if (rows.Count == limit)
                return new Page(rows, at, Complete: true);
            if (looked > 0 && looked % RowsPerTimeCheck == 0 && time.GetElapsedTime(start) >= budget)
                return new Page(rows, at, Complete: false);
            looked++;
            at = new Cursor(key);
            if (Matches(job, (row as DoneRow)?.Reason))
                rows.Add(row);
        }
        return new Page(rows, null, Complete: true);
    }

    private IEnumerable<(long Key, JobRow Job, StoredRow Row)> Candidates(Cursor after)
    {
        var scope = JobScope.Of(filter, order);
        var keys = order == JobOrder.Newest ? tables.Ids : tables.CompletionNumbers;
        if (after.Key == long.MinValue)
            yield break;
        foreach (var key in keys.GetViewBetween(long.MinValue, after.Key - 1).Reverse())
        {
            var ended = order == JobOrder.Newest ? tables.Ended(new JobId(key)) : tables.ByCompletionNumber(key);
            if (ended is null && scope.Live)
                yield return (key, tables.Live(new JobId(key))!, tables.Live(new JobId(key))!);
            if (ended is not null && scope.Ended && !IsExcluded(ended.Job))
                yield return (key, ended.Job, ended);
        }
    }

    /// <summary>
    /// Returns true for a job of another queue if the search lists the latest ended jobs of one queue. These jobs do
    /// not count as scanned rows.
    /// </summary>
    private bool IsExcluded(JobRow job) =>
        order == JobOrder.LatestEnded && filter.Queue is { } queue && job.Spec.Queue != queue;

    private bool Matches(JobRow job, FailReason? reason) =>
        (filter.State is null || job.Status.State == filter.State)
        && (filter.Queue is null || job.Spec.Queue == filter.Queue)
        && (filter.Method is null || job.Spec.Method == filter.Method)
        && (filter.Worker is null || job.Status.Holder.Worker == filter.Worker)
        && (filter.Owner is null || job.Spec.Owner == filter.Owner)
        && (filter.Reason is null || reason == filter.Reason);
}
