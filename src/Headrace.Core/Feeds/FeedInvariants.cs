namespace Headrace.Core.Feeds;

/// <summary>Conditions that must hold for a feed between any two commands.</summary>
internal static class FeedInvariants
{
    /// <summary>Returns a description of a violated condition; null if all conditions hold.</summary>
    public static string? FindViolation(Feed feed, long nextCompletion) =>
        FindInRanges(feed, nextCompletion) ?? FindInLeases(feed);

    private static string? FindInRanges(Feed feed, long nextCompletion)
    {
        var before = feed.Start - 2;
        foreach (var range in feed.Acknowledged.All)
        {
            if (range.From <= before + 1 || range.To < range.From || range.To >= nextCompletion)
                return $"the feed '{feed.Name}' has the invalid range {range.From} to {range.To} after {before}; the "
                    + $"next completion number is {nextCompletion}";
            before = range.To;
        }
        return null;
    }

    private static string? FindInLeases(Feed feed)
    {
        var covered = new RangeSet();
        foreach (var delivery in feed.Leased)
        {
            if (!delivery.Covers.Contains(delivery.Number) || delivery.Covers.From < feed.Start)
                return $"delivery {delivery.Number} of feed '{feed.Name}' covers {delivery.Covers}";
            if (feed.Acknowledged.Contains(delivery.Number))
                return $"delivery {delivery.Number} of feed '{feed.Name}' is leased and acknowledged";
            if (feed.IsAvailable(delivery.Number))
                return $"delivery {delivery.Number} of feed '{feed.Name}' is leased and available";
            if (!delivery.Lease.Numbers.Contains(delivery.Number))
                return $"delivery {delivery.Number} of feed '{feed.Name}' is not part of its lease";
            if (covered.Within(delivery.Covers).Any())
                return $"two deliveries of feed '{feed.Name}' cover a part of {delivery.Covers}";
            covered.Add(delivery.Covers, out _);
        }
        return feed.LeasedCount > Limits.LeasedDeliveries
            ? $"feed '{feed.Name}' has leased {feed.LeasedCount} deliveries"
            : null;
    }
}
