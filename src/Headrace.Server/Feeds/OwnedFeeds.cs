using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Shards;

namespace Headrace.Server.Feeds;

/// <summary>
/// The feeds that belong to a webhook or a bridge: <c>webhook.NAME</c> and <c>bridge.NAME</c>. Such a feed is created
/// and deleted together with its owner, which is its only consumer.
/// </summary>
internal static class OwnedFeeds
{
    /// <summary>
    /// Returns the feed of a webhook. Fails if the name is not valid or is too long to be combined with the prefix.
    /// </summary>
    public static bool TryOfWebhook(string? webhook, out FeedName feed)
    {
        feed = default;
        // Checks the webhook name itself first. If only the prefixed name were checked, the webhook name could begin
        // with a character that is not permitted at the start of a name.
        return FeedName.TryParse(webhook, out _) && FeedName.TryParse(FeedName.WebhookPrefix + webhook, out feed);
    }

    /// <summary>
    /// Returns the reason why a feed with this name must not be created or deleted; null if there is none.
    /// </summary>
    public static Problem? Protect(FeedName feed) =>
        OwnerOf(feed) is var (kind, name)
            ? Problem.BadRequest(
                $"The feed name '{feed}' is reserved for the {kind} '{name}', which creates and deletes its feed. "
                    + $"Use /v1/{kind}s, or another name."
            )
            : null;

    /// <summary>
    /// Returns the reason why the caller is not permitted to consume the feed; null if it is. The webhook or bridge
    /// would never send a job that another consumer had acknowledged.
    /// </summary>
    public static Problem? ProtectDeliveries(FeedName feed, Caller caller) =>
        OwnerOf(feed) is var (kind, name) && (feed.Bridge is null || caller.Bridge != name)
            ? Problem.BadRequest(
                $"The feed '{feed}' is reserved for the {kind} '{name}', which is its only consumer. Create another "
                    + "feed for the same queue: PUT /v1/feeds/NAME."
            )
            : null;

    /// <summary>
    /// Returns the reason why the feed must not be moved to this position; null if there is none. Moving it back makes
    /// the owner send ended jobs again. Moving it forward is rejected, because the owner would skip jobs that it has
    /// not sent. The current position only increases, so a move back cannot become a move forward in the meantime.
    /// </summary>
    public static Problem? ProtectPosition(FeedView feed, FeedStart to) =>
        OwnerOf(feed.Feed.Name) is var (kind, name) && !(to.Number <= feed.Position + 1)
            ? Problem.BadRequest(
                $"The feed '{feed.Feed.Name}' is reserved for the {kind} '{name}', which would skip jobs that it has "
                    + $"not sent. Use first, or a completion number up to {feed.Position + 1}."
            )
            : null;

    /// <summary>
    /// Deletes the feeds that remained because a crash interrupted the removal of their owners. Nobody consumes such a
    /// feed, so it would eventually close its queue.
    /// </summary>
    public static async Task DeleteOrphansAsync(
        this IShardRouter shards,
        Func<FeedName, bool> isOrphan,
        CancellationToken cancellationToken
    )
    {
        await foreach (var feed in shards.ListFeedsAsync(after: null, cancellationToken))
            if (isOrphan(feed.Feed.Name))
                await shards
                    .Of(feed.Feed.Queue)
                    .SendAsync(new Command.DeleteFeed(feed.Feed.Name, feed.Feed.Queue), cancellationToken);
    }

    private static (string Kind, string Name)? OwnerOf(FeedName feed) =>
        feed.Webhook is { } webhook ? ("webhook", webhook)
        : feed.Bridge is { } bridge ? ("bridge", bridge)
        : null;
}
