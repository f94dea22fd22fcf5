using Headrace.Core.Feeds;

namespace Headrace.Core;

/// <content>The commands that read and change feeds and settle deliveries.</content>
internal abstract partial record Command
{
    /// <summary>A command from a consumer of ended jobs or messages.</summary>
    public abstract record OfConsumer : Command;

    /// <summary>Creates a feed. Does nothing if an identical feed already exists.</summary>
    public sealed record CreateFeed(FeedName Feed, QueueName Queue, FeedStates States, FeedStart From) : OfConsumer;

    /// <summary>Moves a feed to another position.</summary>
    public sealed record SeekFeed(FeedName Feed, QueueName Queue, FeedStart To) : OfConsumer;

    public sealed record DeleteFeed(FeedName Feed, QueueName Queue) : OfConsumer;

    /// <summary>Reads one feed. The response is empty if the feed does not exist.</summary>
    public sealed record GetFeed(FeedName Feed) : OfConsumer;

    /// <summary>Lists feeds, ordered by name.</summary>
    public sealed record ListFeeds(ListRange Range) : OfConsumer;

    /// <summary>Acknowledges or releases up to <see cref="Limits.JobsPerCommand"/> deliveries of a feed.</summary>
    public sealed record Settle(
        FeedName Feed,
        QueueName Queue,
        IReadOnlyList<DeliveryToken> Deliveries,
        bool Acknowledges
    ) : OfConsumer
    {
        public override long SizeBytes => 256 + (16L * Deliveries.Count);
    }
}
