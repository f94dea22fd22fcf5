namespace Headrace.Core.Feeds;

/// <summary>A feed and the ranges that may contain its unacknowledged completions.</summary>
internal sealed record FeedView(FeedRow Feed)
{
    /// <summary>The number up to which every completion of the feed has been acknowledged.</summary>
    public long Position { get; init; }

    /// <summary>The highest completion number of all queues.</summary>
    public long LastCompletion { get; init; }

    public int Leased { get; init; }

    /// <summary>The lowest ranges that may contain unacknowledged completions.</summary>
    public IReadOnlyList<CompletionRange> Gaps { get; init; } = [];

    /// <summary>True if there are further ranges above <see cref="Gaps"/>.</summary>
    public bool HasMoreGaps { get; init; }
}
