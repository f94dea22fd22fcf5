using Headrace.Bridges;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Shards;

namespace Headrace.Server.Bridges;

/// <summary>
/// The feeds from which bridges publish results. A bridge may pull from its feed, but not create it.
/// </summary>
internal sealed class BridgeFeeds(IShardRouter shards)
{
    /// <summary>
    /// Creates the feed of a bridge that publishes results. A feed that delivers another queue or other states, because
    /// the bridge was changed, is replaced and begins with the jobs that end from then on.
    /// </summary>
    public async Task<Problem?> EnsureAsync(BridgeDefinition bridge, CancellationToken cancellationToken)
    {
        var feed = new FeedName(bridge.Feed);
        var queue = new QueueName(bridge.Queue);
        var states = bridge.Results == ResultForm.Raw ? FeedStates.Succeeded : FeedStates.All;
        if (await shards.FindFeedAsync(feed, cancellationToken) is { } existing)
        {
            if (bridge.To is not null && existing.Feed.Queue == queue && existing.Feed.States == states)
                return null;
            await DeleteAsync(existing, cancellationToken);
        }
        return bridge.To is null
            ? null
            : await SendAsync(queue, new Command.CreateFeed(feed, queue, states, FeedStart.Now), cancellationToken);
    }

    /// <summary>Deletes the feed of a bridge that is removed.</summary>
    public async Task DeleteAsync(BridgeDefinition bridge, CancellationToken cancellationToken)
    {
        if (await shards.FindFeedAsync(new FeedName(bridge.Feed), cancellationToken) is { } existing)
            await DeleteAsync(existing, cancellationToken);
    }

    /// <summary>
    /// A feed that another request has just deleted is deleted as well, so a rejection is no problem.
    /// </summary>
    private async Task DeleteAsync(FeedView feed, CancellationToken cancellationToken) =>
        await SendAsync(feed.Feed.Queue, new Command.DeleteFeed(feed.Feed.Name, feed.Feed.Queue), cancellationToken);

    private async Task<Problem?> SendAsync(QueueName queue, Command command, CancellationToken cancellationToken) =>
        await shards.Of(queue).SendAsync(command, cancellationToken) is Response.Rejected rejected
            ? Problem.Of(rejected.Rejection)
            : null;
}
