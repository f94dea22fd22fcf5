namespace Headrace.Core.Feeds;

/// <summary>
/// A named consumer of a queue's successful jobs with its own position: which of them it has been given, as ranges of
/// finish numbers (R16). A range may hold numbers of other queues
/// and of jobs that failed: it says that nothing in it is still to be given.
/// </summary>
internal sealed class Feed(FeedName name, QueueName queue, long start)
{
    public FeedName Name { get; } = name;

    public QueueName Queue { get; } = queue;

    /// <summary>The first finish number that belongs to it.</summary>
    public long Start { get; } = start;

    /// <summary>What has been given.</summary>
    public Ranges Given { get; } = new();

    /// <summary>Notes that nothing in this range is to be given any more.</summary>
    public void Give(Span span, Batch batch)
    {
        var whole = Given.Add(span, out var gone);
        if (gone is [var same] && same == whole)
            return;
        foreach (var old in gone)
            if (old.From != whole.From)
                batch.Add(new RowChange.FeedRangeGone(Name, old.From));
        batch.Add(new RowChange.FeedRangePut(new FeedRangeRow(Name, whole)));
    }
}
