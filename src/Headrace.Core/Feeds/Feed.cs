namespace Headrace.Core.Feeds;

/// <summary>
/// A named consumer of a queue's successful jobs with its own position, stored as ranges of delivered completion
/// numbers (R16). A range may include completion numbers of other queues and of failed jobs. It means only that no
/// completion within it remains to be delivered.
/// </summary>
internal sealed class Feed(FeedRow row)
{
    public FeedName Name { get; } = row.Name;

    public QueueName Queue { get; } = row.Queue;

    /// <summary>The first completion number that belongs to the feed.</summary>
    public long Start { get; } = row.Start;

    /// <summary>The ranges already delivered.</summary>
    public RangeSet Delivered { get; } = new();

    public FeedRow ToRow() => new(Name, Queue, Start);

    /// <summary>Records that no completion in this range remains to be delivered.</summary>
    public void MarkDelivered(CompletionRange range, Batch batch)
    {
        var whole = Delivered.Add(range, out var gone);
        if (gone is [var same] && same == whole)
            return;
        foreach (var old in gone)
            if (old.From != whole.From)
                batch.Add(new RowChange.FeedRangeRemoved(Name, old.From));
        batch.Add(new RowChange.FeedRangePut(new FeedRangeRow(Name, whole)));
    }
}
