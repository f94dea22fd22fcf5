using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Protocol.Json;

namespace Headrace.Server.Feeds;

/// <summary>
/// Describes feeds with their lag. The lag is counted on request; a stored count would have to be updated whenever a
/// job ends, is deleted or is retried.
/// </summary>
internal sealed class FeedLag(IJobStore jobStore)
{
    /// <summary>Maximum number of ended jobs that are counted for a single feed.</summary>
    public const int MaxCounted = RowKey.Completions.MaxScannedRows;

    /// <summary>Maximum number of ended jobs that are counted for each feed in a list.</summary>
    public const int MaxCountedInList = 1_000;

    public async Task<FeedReply> ViewAsync(FeedView view, int maxCounted, CancellationToken cancellationToken)
    {
        var (lag, isComplete) = await CountAsync(view, maxCounted, cancellationToken);
        return new FeedReply
        {
            Name = view.Feed.Name.Text,
            Queue = view.Feed.Queue.Text,
            States = view.Feed.States.ToWireName(),
            Position = view.Position,
            LastCompletion = view.LastCompletion,
            Lag = lag,
            Complete = isComplete,
            Leased = view.Leased,
            Expired = view.Feed.Expired,
        };
    }

    private async Task<(long Lag, bool IsComplete)> CountAsync(
        FeedView view,
        int maxCounted,
        CancellationToken cancellationToken
    )
    {
        if (view.Gaps.Count == 0)
            return (0, true);
        var key = new RowKey.Completions(view.Feed.Queue, view.Gaps, maxCounted)
        {
            OldestFirst = true,
            States = view.Feed.States,
        };
        var page = (await jobStore.ReadAsync([key], cancellationToken)).OfType<CompletionPage>().Single();
        return (page.Completions.Count, !view.HasMoreGaps && page.ScannedRanges[^1] == view.Gaps[^1]);
    }
}
