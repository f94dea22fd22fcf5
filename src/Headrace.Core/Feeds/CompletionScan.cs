using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>An ended job of a queue, as a store's scan reads it.</summary>
internal readonly record struct Completion(long Number, JobId Job, JobState State);

/// <summary>
/// Decides what a read of <see cref="RowKey.Ends"/> finds and where it stops (R16): a feed gives successful jobs only,
/// and a read is bounded in what it finds and in the rows it reads. A store only scans.
/// </summary>
internal static class CompletionScan
{
    /// <summary>
    /// Reads the gaps one after the other. <paramref name="scan"/> gives the completions of the queue within a gap, in
    /// the order asked for; it is left as soon as the read stops, so it should read row by row.
    /// </summary>
    public static EndsRow Read(RowKey.Ends asked, Func<Span, IEnumerable<Completion>> scan)
    {
        var found = new List<PulledEnd>();
        var looked = new List<Span>();
        var rows = 0;
        foreach (var gap in asked.Gaps)
        {
            foreach (var (number, job, state) in scan(gap))
            {
                rows++;
                if (state == JobState.Succeeded)
                    found.Add(new PulledEnd(number, job));
                if (found.Count < asked.Most && rows < RowKey.Ends.MostLooked)
                    continue;
                looked.Add(asked.OldestFirst ? gap with { To = number } : gap with { From = number });
                return new EndsRow(found, looked, asked.OldestFirst);
            }
            looked.Add(gap);
        }
        return new EndsRow(found, looked, asked.OldestFirst);
    }
}
