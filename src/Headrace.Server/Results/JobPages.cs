using System.Runtime.CompilerServices;
using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Server.Access;

namespace Headrace.Server.Results;

/// <summary>
/// Reads a list of jobs from the store in small pages. The list contains the jobs that the caller may read. Each page
/// is read only after the previous page has been written to the client, so even with a slow client, only one page is in
/// memory.
/// </summary>
internal sealed class JobPages(IJobStore jobStore, JobFilter filter, JobOrder order, Caller caller, TimeProvider time)
{
    /// <summary>Time limit for all reads of one list (R25).</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(100);

    /// <summary>The position at which the list continues; null at its end.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>
    /// Number of jobs that the search has examined. For a caller that is not permitted to read every job, only the
    /// readable jobs are counted, because the number of other matching jobs would reveal their keys, tags and times.
    /// </summary>
    public long Examined { get; private set; }

    /// <summary>Whether the list is complete. False if the time limit ended it early.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Reads at most <paramref name="limit"/> jobs in pages of the given size.</summary>
    public async IAsyncEnumerable<IReadOnlyList<StoredRow>> ReadAsync(
        Cursor after,
        int limit,
        int pageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        Next = after;
        var left = Budget;
        while (limit > 0 && IsComplete && Next is { } cursor)
        {
            var start = time.GetTimestamp();
            var page = await jobStore.QueryAsync(
                filter,
                order,
                cursor,
                Math.Min(limit, pageSize),
                left,
                cancellationToken
            );
            left -= time.GetElapsedTime(start);
            (Next, IsComplete) = (page.Next, page.Complete);
            var rows = caller.ReadsAllJobs ? page.Rows : [.. page.Rows.Where(IsReadable)];
            Examined += caller.ReadsAllJobs ? page.Examined : rows.Count;
            limit -= rows.Count;
            yield return rows;
            if (left <= TimeSpan.Zero && limit > 0 && Next is not null)
                IsComplete = false;
        }
    }

    private bool IsReadable(StoredRow row) => caller.MayRead((row is DoneRow done ? done.Job : (JobRow)row).Spec);
}
