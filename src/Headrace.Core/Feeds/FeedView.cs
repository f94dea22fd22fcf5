namespace Headrace.Core.Feeds;

/// <summary>A feed, and where its unacknowledged completions are.</summary>
internal sealed record FeedView(FeedRow Feed)
{
    /// <summary>Every completion of the feed up to this number is acknowledged.</summary>
    public long Position { get; init; }

    /// <summary>The number of the last completion of any queue.</summary>
    public long LastCompletion { get; init; }

    public int Leased { get; init; }

    /// <summary>The lowest ranges that may contain unacknowledged completions.</summary>
    public IReadOnlyList<CompletionRange> Gaps { get; init; } = [];

    /// <summary>True if there are further ranges above <see cref="Gaps"/>.</summary>
    public bool HasMoreGaps { get; init; }
}
