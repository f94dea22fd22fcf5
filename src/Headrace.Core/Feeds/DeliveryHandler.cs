using Headrace.Core.Retention;

namespace Headrace.Core.Feeds;

/// <summary>
/// Settles the deliveries of pulls: acknowledges or releases them, or ends their expired leases (R16).
/// </summary>
internal sealed class DeliveryHandler(BrokerState state, ResultRoom room)
{
    public Response Apply(Command.Settle command, ApplyContext context)
    {
        if (FeedRule.Find(state, command.Feed, command.Queue, out var rejection) is not { } feed)
            return new Response.Rejected(rejection!);
        var response = command.Acknowledges
            ? Acknowledge(feed, command.Deliveries, context)
            : Release(feed, command.Deliveries, context);
        room.OnFeedChanged(feed, context);
        return response;
    }

    /// <summary>Makes the deliveries of expired leases available again.</summary>
    public void ExpireLeases(ApplyContext context)
    {
        while (state.Feeds.Leases.TryTake(context.Elapsed, out var lease))
        {
            if (lease.Numbers.Count == 0)
                continue;
            foreach (var number in lease.Numbers.ToList())
                if (lease.Feed.TryGetLeased(number, out var delivery))
                    lease.Feed.Release(delivery);
            state.Feeds.OnArrived(lease.Feed, context.Batch);
            room.OnFeedChanged(lease.Feed, context);
        }
    }

    /// <summary>
    /// A delivery counts as acknowledged even if its lease has expired or another consumer now holds it, because a
    /// consumer has processed the job.
    /// </summary>
    private Response.Settled Acknowledge(Feed feed, IReadOnlyList<DeliveryToken> deliveries, ApplyContext context)
    {
        var wasFull = feed.LeasedCount >= Limits.LeasedDeliveries;
        var (repeated, ignored) = (0, 0);
        var ranges = new List<CompletionRange>(deliveries.Count);
        foreach (var (number, epoch) in deliveries)
            if (epoch < feed.FirstEpoch || epoch >= state.Feeds.Epochs.Next || number >= state.NextCompletion)
                ignored++;
            else if (number < feed.Start || feed.Acknowledged.Contains(number))
                repeated++;
            else
                ranges.Add(feed.Settle(number));
        var settled = ranges.Count;
        foreach (var range in Join(ranges))
            feed.Acknowledge(range, context.Batch);
        if (wasFull && settled > 0)
            state.Feeds.OnArrived(feed, context.Batch);
        return new Response.Settled(settled, repeated, ignored);
    }

    /// <summary>Releases the deliveries that the caller still holds.</summary>
    private Response.Settled Release(Feed feed, IReadOnlyList<DeliveryToken> deliveries, ApplyContext context)
    {
        var released = 0;
        foreach (var (number, epoch) in deliveries)
            if (feed.TryGetLeased(number, out var delivery) && delivery.Lease.Epoch == epoch)
            {
                feed.Release(delivery);
                released++;
            }
        if (released > 0)
            state.Feeds.OnArrived(feed, context.Batch);
        return new Response.Settled(released, 0, deliveries.Count - released);
    }

    /// <summary>Joins adjacent ranges, so that a command writes few rows.</summary>
    private static IEnumerable<CompletionRange> Join(List<CompletionRange> ranges)
    {
        ranges.Sort(static (a, b) => a.From.CompareTo(b.From));
        for (var i = 0; i < ranges.Count;)
        {
            var joined = ranges[i++];
            while (i < ranges.Count && ranges[i].From <= joined.To + 1)
                joined = joined with { To = Math.Max(joined.To, ranges[i++].To) };
            yield return joined;
        }
    }
}
