using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>An ended job as read by a store's scan.</summary>
internal readonly record struct Completion(long Number, JobId Job, JobState State);

/// <summary>
/// Decides what a read of <see cref="RowKey.Completions"/> returns and where it stops (R16). A feed delivers only jobs
/// with certain final states, and each read is limited both in the number of completions returned and in the number of
/// rows scanned. The stores only perform the scan.
/// </summary>
internal static class CompletionScan
{
    /// <summary>
    /// Reads the gaps one after another by calling <paramref name="scan"/>, which returns the completions of the queue
    /// within a gap, in the requested order. Enumeration stops as soon as the read is complete, so
    /// <paramref name="scan"/> should read row by row.
    /// </summary>
    public static CompletionPage Read(RowKey.Completions asked, Func<CompletionRange, IEnumerable<Completion>> scan)
    {
        var found = new List<DeliveredCompletion>();
        var looked = new List<CompletionRange>();
        var rows = 0;
        foreach (var gap in asked.Gaps)
        {
            foreach (var (number, job, state) in scan(gap))
            {
                rows++;
                if (asked.States.Includes(state))
                    found.Add(new DeliveredCompletion(number, job, state));
                if (found.Count < asked.MaxCount && rows < RowKey.Completions.MaxScannedRows)
                    continue;
                looked.Add(asked.OldestFirst ? gap with { To = number } : gap with { From = number });
                return new CompletionPage(found, looked, asked.OldestFirst);
            }
            looked.Add(gap);
        }
        return new CompletionPage(found, looked, asked.OldestFirst);
    }
}
