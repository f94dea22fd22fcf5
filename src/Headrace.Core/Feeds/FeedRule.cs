namespace Headrace.Core.Feeds;

/// <summary>Decides which feed a command refers to, and whether a feed can be created.</summary>
internal static class FeedRule
{
    /// <summary>
    /// Returns the feed. The caller names the queue for which its permission was checked, because a feed that was
    /// deleted and created again in the meantime may belong to another queue.
    /// </summary>
    public static Feed? Find(BrokerState state, FeedName name, QueueName queue, out Rejection? rejection)
    {
        rejection =
            !state.Feeds.TryGet(name, out var feed) ? Unknown(name)
            : feed.Queue != queue
                ? new Rejection(
                    RejectionKind.BadRequest,
                    $"Feed '{name}' belongs to queue '{feed.Queue}', not to queue '{queue}'."
                )
            : null;
        return rejection is null ? feed : null;
    }

    public static Rejection Unknown(FeedName name) =>
        new(
            RejectionKind.UnknownFeed,
            $"There is no feed '{name}'. 'headrace feeds' (GET /v1/feeds) lists the feeds, and 'headrace feeds set "
                + $"{name} --queue QUEUE' (PUT /v1/feeds/{name}) creates it."
        );

    /// <summary>Returns the rejection if the queue cannot have another feed; otherwise null.</summary>
    public static Rejection? CheckRoom(BrokerState state, QueueName queue) =>
        state.Feeds.Count >= Limits.Feeds
            ? new Rejection(
                RejectionKind.LimitReached,
                $"The feed cannot be created because the limit of {Limits.Feeds} feeds has been reached. Use an "
                    + "existing feed, or delete one."
            )
        : state.Feeds.Of(queue).Count >= Limits.FeedsPerQueue
            ? new Rejection(
                RejectionKind.LimitReached,
                $"The feed cannot be created because queue '{queue}' has reached the limit of {Limits.FeedsPerQueue} "
                    + "feeds. Use an existing feed, or delete one."
            )
        : null;
}
