namespace Headrace.Core.Retention;

/// <summary>
/// Decides where a read of <see cref="RowKey.History"/> stops. The stores only perform the scan, so their pages end at
/// the same job.
/// </summary>
internal static class HistoryScan
{
    /// <summary>
    /// Takes a page from the ended jobs in the queue after the requested number, in ascending order. The scan may
    /// include jobs in the other class, but reads a bounded number of them.
    /// </summary>
    public static HistoryPage Read(RowKey.History asked, IEnumerable<EndedJob> scan)
    {
        var jobs = new List<EndedJob>();
        var (rows, scannedTo) = (0, asked.After);
        foreach (var job in scan)
        {
            if (jobs.Count == asked.MaxCount || rows == RowKey.History.MaxScannedRows)
                return new HistoryPage(jobs, scannedTo, IsLast: false);
            rows++;
            scannedTo = job.CompletionNumber;
            if (HistoryClasses.Of(job.State) == asked.Class)
                jobs.Add(job);
        }
        return new HistoryPage(jobs, scannedTo, IsLast: true);
    }
}
