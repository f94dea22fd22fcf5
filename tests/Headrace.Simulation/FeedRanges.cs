using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// A copy of the stored feeds and their ranges, to which the changes of a batch are applied one by one.
/// </summary>
internal sealed class FeedRanges(IEnumerable<FeedRow> feeds, IEnumerable<FeedRangeRow> ranges)
{
    private readonly Dictionary<FeedName, FeedRow> _feeds = feeds.ToDictionary(feed => feed.Name);
    private readonly List<FeedRangeRow> _ranges = [.. ranges];

    public IEnumerable<FeedRow> Feeds => _feeds.Values;

    public bool Needs(FeedRow feed, long number, QueueName queue, JobState ended) =>
        queue == feed.Queue
        && feed.States.Includes(ended)
        && number >= feed.Start
        && !_ranges.Exists(range => range.Feed == feed.Name && range.Range.Contains(number));

    public void Apply(RowChange change)
    {
        switch (change)
        {
            case RowChange.FeedPut put:
                _feeds[put.Row.Name] = put.Row;
                break;
            case RowChange.FeedRemoved removed:
                _feeds.Remove(removed.Feed);
                break;
            case RowChange.FeedRangePut put:
                _ranges.RemoveAll(range => range.Feed == put.Row.Feed && range.Range.From == put.Row.Range.From);
                _ranges.Add(put.Row);
                break;
            case RowChange.FeedRangeRemoved removed:
                _ranges.RemoveAll(range => range.Feed == removed.Feed && range.Range.From == removed.From);
                break;
            case RowChange.FeedRangesRemoved removed:
                _ranges.RemoveAll(range => range.Feed == removed.Feed);
                break;
        }
    }
}
