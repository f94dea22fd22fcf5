using Headrace.Bridges;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Results;
using Headrace.Server.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Shards;

namespace Headrace.Server.Bridges;

/// <summary>
/// The feeds from which bridges publish results. A bridge may pull from its feed, but the server creates the feed.
/// </summary>
internal sealed class BridgeFeeds(IShardRouter shards, IJobStore jobStore, FeedLag lag)
{
    /// <summary>Maximum number of unfinished jobs that are counted.</summary>
    private const int MaxCounted = 1_000;

    /// <summary>Time limit for the count (R25).</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Returns the problem if changing a stopped bridge would lose results; otherwise null. If the change replaces the
    /// feed, results that the bridge has not published yet would never be published.
    /// </summary>
    public async Task<Problem?> CheckChangeAsync(
        BridgeDefinition before,
        BridgeDefinition after,
        CancellationToken cancellationToken
    )
    {
        if (
            await shards.FindFeedAsync(new FeedName(before.Feed), cancellationToken) is not { } feed
            || IsFeedOf(feed, after)
        )
            return null;
        var ended = await lag.ViewAsync(feed, FeedLag.MaxCounted, cancellationToken);
        // A bridge without a source submits no jobs, so jobs that end later are not its results.
        var unfinished = before.From is null ? 0 : await CountUnfinishedAsync(before, cancellationToken);
        return ended.Lag == 0 && unfinished == 0
            ? null
            : Problem.BadRequest(
                $"The change would lose results from the bridge '{before.Name}'. Ended jobs from queue "
                    + $"'{before.Queue}' that are not published: {ended.Lag}. Jobs of the bridge that have not ended: "
                    + $"{unfinished}. Accept no further jobs (headrace queues drain {before.Queue}), resume the bridge "
                    + $"if it is paused, wait until headrace bridges show {before.Name} shows no waiting results, and "
                    + "repeat the change."
            );
    }

    /// <summary>
    /// Creates the feed of a bridge that publishes results. An existing feed is replaced if, because the bridge was
    /// changed, it delivers jobs from another queue or in other states. The new feed begins with the jobs that end
    /// after its creation.
    /// </summary>
    public async Task<Problem?> EnsureAsync(BridgeDefinition bridge, CancellationToken cancellationToken)
    {
        var feed = new FeedName(bridge.Feed);
        var queue = new QueueName(bridge.Queue);
        if (await shards.FindFeedAsync(feed, cancellationToken) is { } existing)
        {
            if (IsFeedOf(existing, bridge))
                return null;
            await DeleteAsync(existing, cancellationToken);
        }
        return bridge.To is null
            ? null
            : await SendAsync(
                queue,
                new Command.CreateFeed(feed, queue, StatesOf(bridge), FeedStart.Now),
                cancellationToken
            );
    }

    /// <summary>Deletes the feed of a bridge that is being removed.</summary>
    public async Task DeleteAsync(BridgeDefinition bridge, CancellationToken cancellationToken)
    {
        if (await shards.FindFeedAsync(new FeedName(bridge.Feed), cancellationToken) is { } existing)
            await DeleteAsync(existing, cancellationToken);
    }

    /// <summary>Deletes the feeds that a crash left without a bridge.</summary>
    public Task DeleteOrphansAsync(Func<string, bool> hasBridge, CancellationToken cancellationToken) =>
        shards.DeleteOrphansAsync(feed => feed.Bridge is { } bridge && !hasBridge(bridge), cancellationToken);

    private async Task<int> CountUnfinishedAsync(BridgeDefinition bridge, CancellationToken cancellationToken)
    {
        var page = await jobStore.QueryAsync(
            new JobFilter
            {
                Queue = new QueueName(bridge.Queue),
                Owner = bridge.Owner,
                UnfinishedOnly = true,
            },
            JobOrder.Newest,
            Cursor.Start,
            MaxCounted,
            ReadLimit,
            cancellationToken
        );
        return page.Rows.Count;
    }

    private static bool IsFeedOf(FeedView feed, BridgeDefinition bridge) =>
        bridge.To is not null && feed.Feed.Queue == new QueueName(bridge.Queue) && feed.Feed.States == StatesOf(bridge);

    private static FeedStates StatesOf(BridgeDefinition bridge) =>
        bridge.Results == ResultForm.Raw ? FeedStates.Succeeded : FeedStates.All;

    /// <summary>
    /// Deletes a feed. A rejection is ignored, because it means that another request has already deleted the feed.
    /// </summary>
    private async Task DeleteAsync(FeedView feed, CancellationToken cancellationToken) =>
        await SendAsync(feed.Feed.Queue, new Command.DeleteFeed(feed.Feed.Name, feed.Feed.Queue), cancellationToken);

    private async Task<Problem?> SendAsync(QueueName queue, Command command, CancellationToken cancellationToken) =>
        await shards.Of(queue).SendAsync(command, cancellationToken) is Response.Rejected rejected
            ? Problem.Of(rejected.Rejection)
            : null;
}
