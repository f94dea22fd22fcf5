using Headrace.Core.Feeds;

namespace Headrace.Core;

/// <content>The commands that change feeds, and that settle deliveries.</content>
internal abstract partial record Command
{
    /// <summary>Creates a feed. Does nothing if the same feed exists.</summary>
    public sealed record CreateFeed(FeedName Feed, QueueName Queue, FeedStates States, FeedStart From) : Command;

    /// <summary>Moves a feed to another position.</summary>
    public sealed record SeekFeed(FeedName Feed, QueueName Queue, FeedStart To) : Command;

    public sealed record DeleteFeed(FeedName Feed, QueueName Queue) : Command;

    /// <summary>Reads one feed. The response lists it, or nothing if it does not exist.</summary>
    public sealed record GetFeed(FeedName Feed) : Command;

    /// <summary>Lists feeds, ordered by name.</summary>
    public sealed record ListFeeds(ListRange Range) : Command;

    /// <summary>
    /// Acknowledges or releases deliveries of a feed, at most <see cref="Limits.JobsPerCommand"/>.
    /// </summary>
    public sealed record Settle(
        FeedName Feed,
        QueueName Queue,
        IReadOnlyList<DeliveryToken> Deliveries,
        bool Acknowledges
    ) : Command
    {
        public override long SizeBytes => 256 + (16L * Deliveries.Count);
    }
}
