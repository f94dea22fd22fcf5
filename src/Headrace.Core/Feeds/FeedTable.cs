using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>All feeds, by name and by queue, with the leases of their pulls and the waiting pulls.</summary>
internal sealed class FeedTable
{
    // Most queues have no feeds. With this shared list, a job that ends in such a queue allocates nothing.
    private static readonly List<Feed> None = [];

    private readonly SortedDictionary<string, Feed> _feeds = new(StringComparer.Ordinal);
    private readonly Dictionary<QueueName, List<Feed>> _byQueue = [];

    public SortedDictionary<string, Feed>.ValueCollection All => _feeds.Values;

    public int Count => _feeds.Count;

    public DeliveryEpochs Epochs { get; } = new();

    /// <summary>The leases of pulls, ordered by expiry time.</summary>
    public Timers<Elapsed, PullLease> Leases { get; } = new(lease => lease.Numbers.Count > 0);

    /// <summary>Pulls that wait until their feed may have something to deliver.</summary>
    public ParkedRequests<FeedName> WaitingPulls { get; } = new();

    /// <summary>
    /// The completions that were removed from a queue for reasons other than retention while pulls were waiting for
    /// rows. The rows may still contain these completions.
    /// </summary>
    public RemovedCompletions Removed { get; } = new();

    public bool TryGet(FeedName name, [NotNullWhen(true)] out Feed? feed) => _feeds.TryGetValue(name.Text, out feed);

    public IReadOnlyList<Feed> Of(QueueName queue) => _byQueue.GetValueOrDefault(queue) ?? None;

    public void Add(Feed feed)
    {
        _feeds.Add(feed.Name.Text, feed);
        if (!_byQueue.TryGetValue(feed.Queue, out var feeds))
            _byQueue.Add(feed.Queue, feeds = []);
        feeds.Add(feed);
    }

    public void Remove(Feed feed)
    {
        _feeds.Remove(feed.Name.Text);
        var feeds = _byQueue[feed.Queue];
        feeds.Remove(feed);
        if (feeds.Count == 0)
            _byQueue.Remove(feed.Queue);
    }

    /// <summary>Called when a job in the queue has ended.</summary>
    public void OnEnded(QueueName queue, JobState ended, Batch batch)
    {
        foreach (var feed in Of(queue))
            if (feed.States.Includes(ended))
                OnArrived(feed, batch);
    }

    /// <summary>
    /// Called when a feed may have something new to deliver. Answers the pull that has been waiting longest; its caller
    /// then pulls again.
    /// </summary>
    public void OnArrived(Feed feed, Batch batch)
    {
        feed.OnArrived();
        WakeNext(feed, batch);
    }

    public void WakeNext(Feed feed, Batch batch)
    {
        if (WaitingPulls.TryTakeFirst(feed.Name, out var requestId))
            batch.Add(requestId, new Response.PullAgain());
    }

    /// <summary>
    /// Called when an ended job in the queue becomes unfinished again. Its completion number then no longer exists.
    /// </summary>
    public void OnRetried(QueueName queue, long completionNumber, Batch batch)
    {
        Removed.Add(completionNumber);
        foreach (var feed in Of(queue))
            if (feed.TryGetLeased(completionNumber, out _))
                feed.Acknowledge(feed.Settle(completionNumber), batch);
    }

    /// <summary>
    /// Called after an ended job has been deleted. Feeds that have not acknowledged it report it as expired. An
    /// implicit feed detects the deletion when it reads.
    /// </summary>
    public void OnDeleted(QueueName queue, long completionNumber, JobState ended, Batch batch)
    {
        foreach (var feed in Of(queue))
            if (feed.Implicit ? feed.TryGetLeased(completionNumber, out _) : feed.Needs(completionNumber, ended))
                feed.Expire(completionNumber, batch);
    }
}
