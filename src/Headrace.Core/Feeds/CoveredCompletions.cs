namespace Headrace.Core.Feeds;

/// <summary>A completion and the surrounding numbers that contain nothing else for the feed.</summary>
internal readonly record struct CoveredCompletion(DeliveredCompletion Completion, CompletionRange Covers);

/// <summary>Divides the scanned ranges of a page among its completions.</summary>
internal static class CoveredCompletions
{
    /// <summary>
    /// Each completion covers its own number and the numbers between it and the completion scanned before it. The last
    /// completion of a range also covers the rest of the range.
    /// </summary>
    public static IEnumerable<CoveredCompletion> Of(CompletionPage page)
    {
        var next = 0;
        foreach (var scanned in page.ScannedRanges)
        {
            var first = next;
            while (next < page.Completions.Count && scanned.Contains(page.Completions[next].CompletionNumber))
                next++;
            for (var i = first; i < next; i++)
            {
                var number = page.Completions[i].CompletionNumber;
                var before = i == first ? (long?)null : page.Completions[i - 1].CompletionNumber;
                var isLast = i == next - 1;
                var covers = page.OldestFirst
                    ? new CompletionRange(before + 1 ?? scanned.From, isLast ? scanned.To : number)
                    : new CompletionRange(isLast ? scanned.From : number, before - 1 ?? scanned.To);
                yield return new CoveredCompletion(page.Completions[i], covers);
            }
        }
    }

    /// <summary>Returns the scanned ranges in which no completion was found.</summary>
    public static IEnumerable<CompletionRange> EmptyRanges(CompletionPage page) =>
        page.ScannedRanges.Where(scanned => !page.Completions.Any(end => scanned.Contains(end.CompletionNumber)));
}
