using Headrace.Core.Retention;

namespace Headrace.Core.Feeds;

/// <summary>
/// Delivers completions from a queue to a feed (R16). Completions are stored on disk, so the command first requests a
/// read of the ranges that are neither acknowledged nor leased, and is applied again with the rows (R2). Concurrent
/// pulls may read the same rows. Each pull receives only those that are still available, and reads again if none are
/// left.
/// </summary>
internal sealed class PullHandler(BrokerState state)
{
    /// <summary>
    /// Maximum number of reads whose completions are all delivered to other pulls before the pull is rejected.
    /// </summary>
    private const int MaxReads = 3;

    /// <summary>
    /// Maximum number of completions that a read requests: enough for four pulls of the largest size, each of which
    /// reads the same rows. With fewer, three of the four would find nothing left and read again.
    /// </summary>
    private const int MaxCompletionsPerRead = 4 * Limits.JobsPerCommand;

    /// <summary>
    /// Pulls that wait for a read. Each read fetches enough completions for all of them, so that every pull finds some
    /// even if the others are served first.
    /// </summary>
    private readonly Dictionary<RequestId, PendingPull> _reads = [];

    /// <param name="MaxCount">Maximum number of completions for the pull.</param>
    /// <param name="Tries">Number of further reads whose completions may all go to other pulls.</param>
    /// <param name="FirstEpoch">
    /// The first epoch of the feed when the read was requested. A seek changes the first epoch.
    /// </param>
    /// <param name="Arrivals">The feed's arrival count when the read was requested; 0 if the feed is new.</param>
    /// <param name="LastRange">
    /// The last range of the read if the read includes every range in which completions were available; otherwise null.
    /// </param>
    private readonly record struct PendingPull(
        int MaxCount,
        int Tries,
        long FirstEpoch,
        long Arrivals,
        CompletionRange? LastRange
    )
    {
        /// <summary>True if nothing was available for the feed, and nothing has arrived since.</summary>
        public bool FoundNothing(CompletionPage page, Feed feed) =>
            page.Completions.Count == 0
            && feed.Arrivals == Arrivals
            && page.ScannedRanges.Count > 0
            && page.ScannedRanges[^1] == LastRange;
    }

    public void OnCallerDisconnected(RequestId requestId)
    {
        _reads.Remove(requestId);
        state.Feeds.Removed.PendingPulls = _reads.Count;
    }

    /// <summary>Answers the pulls whose wait time has expired.</summary>
    public void ExpireWaits(ApplyContext context)
    {
        while (state.Feeds.WaitingPulls.TryTakeExpired(context.Elapsed, out var requestId, out var name))
        {
            var expired = state.Feeds.TryGet(name, out var feed) ? feed.Expired : 0;
            context.Batch.Add(requestId, new Response.Pulled([]) { Expired = expired });
        }
    }

    public void Apply(RequestId requestId, Command.Pull pull, ApplyContext context)
    {
        if (FindOrCreateFeed(pull, out var rejection) is not { } feed)
            Complete(requestId, new Response.Rejected(rejection!), context);
        else if (pull.Completions is { } page && _reads[requestId].FirstEpoch == feed.FirstEpoch)
            Deliver(requestId, pull, page, feed, context);
        else
            Read(requestId, pull, feed, MaxReads, context);
    }

    private void Deliver(RequestId requestId, Command.Pull pull, CompletionPage page, Feed feed, ApplyContext context)
    {
        var pending = _reads[requestId];
        var available = CoveredCompletions
            .Of(page)
            .Where(end => feed.IsAvailable(end.Completion.CompletionNumber) && !IsRemoved(feed, end.Completion))
            .Take(MaxCount(pull, feed))
            .ToList();
        if (page.ScannedRanges.Count > 0)
            Store(feed, context);
        foreach (var empty in CoveredCompletions.EmptyRanges(page))
            feed.Acknowledge(empty, context.Batch);
        if (available.Count > 0)
        {
            var epoch = Take(feed, available, pull, context);
            if (available.Count == pending.MaxCount)
                state.Feeds.WakeNext(feed, context.Batch);
            var delivered = available.Select(end => end.Completion).OrderBy(end => end.CompletionNumber);
            Complete(requestId, new Response.Pulled([.. delivered]) { Epoch = epoch, Expired = feed.Expired }, context);
            return;
        }
        if (pending.FoundNothing(page, feed))
            feed.OnExhausted(feed.Arrivals);
        // If the read found no completions, the scanned ranges are acknowledged and the next read continues beyond
        // them. If it found completions but other pulls received all of them, the number of further reads is limited.
        var tries = pending.Tries - (page.Completions.Count > 0 ? 1 : 0);
        if (tries > 0)
            Read(requestId, pull, feed, tries, context);
        else
            Complete(requestId, Contended(feed), context);
    }

    /// <summary>
    /// Leases the completions to the caller, or acknowledges them if the pull has no lease. Returns the epoch of the
    /// pull; 0 if its deliveries need no acknowledgement.
    /// </summary>
    private long Take(Feed feed, List<CoveredCompletion> available, Command.Pull pull, ApplyContext context)
    {
        if (pull.Lease is not { } duration)
        {
            foreach (var end in available)
                feed.Acknowledge(end.Covers, context.Batch);
            return 0;
        }
        var lease = new PullLease(feed, state.Feeds.Epochs.Take(context.Batch), context.Elapsed + duration);
        foreach (var end in available)
            feed.Lease(end, lease);
        state.Feeds.Leases.Add(lease.Until, lease);
        return lease.Epoch;
    }

    /// <summary>
    /// Requests a read of the ranges in which completions may be available. If there are none, the pull waits
    /// or is answered.
    /// </summary>
    private void Read(RequestId requestId, Command.Pull pull, Feed feed, int tries, ApplyContext context)
    {
        var maxCount = MaxCount(pull, feed);
        // Each gap either contains a completion or is acknowledged by this read, so maxCount gaps are enough.
        // The read starts once this batch is durable, so it includes the jobs that ended in this batch.
        var oldestFirst = !feed.Implicit || IsFragmented(feed);
        var gaps =
            maxCount > 0 && feed.MayHaveDeliveries
                ? feed.Available(state.NextCompletion - 1, oldestFirst).Take(maxCount + 1).ToList()
                : [];
        if (gaps.Count == 0)
        {
            // Every job that has ended has a completion number, and all these numbers are acknowledged or leased.
            if (maxCount > 0)
                feed.OnExhausted(feed.Arrivals);
            WaitOrComplete(requestId, pull, feed, context);
            return;
        }
        if (!_reads.ContainsKey(requestId))
            state.PendingReads.Begin(requestId, []);
        var isWhole = gaps.Count <= maxCount;
        if (!isWhole)
            gaps.RemoveAt(maxCount);
        var arrivals = state.Feeds.TryGet(feed.Name, out _) ? feed.Arrivals : 0;
        _reads[requestId] = new PendingPull(maxCount, tries, feed.FirstEpoch, arrivals, isWhole ? gaps[^1] : null);
        state.Feeds.Removed.PendingPulls = _reads.Count;
        var demand = Math.Min(MaxCompletionsPerRead, _reads.Values.Sum(pull => pull.MaxCount));
        context.Batch.Add(
            requestId,
            new Response.ReadRequired([
                new RowKey.Completions(feed.Queue, gaps, demand) { OldestFirst = oldestFirst, States = feed.States },
            ])
        );
    }

    private void WaitOrComplete(RequestId requestId, Command.Pull pull, Feed feed, ApplyContext context)
    {
        var until = context.Arrived + pull.Wait;
        if (until <= context.Elapsed || !state.Feeds.WaitingPulls.HasCapacity)
        {
            Complete(requestId, new Response.Pulled([]) { Expired = feed.Expired }, context);
            return;
        }
        Release(requestId);
        state.Feeds.WaitingPulls.Add(requestId, feed.Name, until);
    }

    /// <summary>
    /// Maximum number of completions for a pull. The number of deliveries that a feed can lease is limited.
    /// </summary>
    private static int MaxCount(Command.Pull pull, Feed feed) =>
        pull.Lease is null ? pull.MaxCount : Math.Min(pull.MaxCount, Limits.LeasedDeliveries - feed.LeasedCount);

    /// <summary>
    /// Returns the feed. A pull that acknowledges at once creates it if necessary; the feed is added to the table only
    /// when it has a range to record, because an empty feed needs neither a row nor a table entry.
    /// </summary>
    private Feed? FindOrCreateFeed(Command.Pull pull, out Rejection? rejection)
    {
        rejection = null;
        if (pull.Lease is not null)
            return FeedRule.Find(state, pull.Feed, pull.Queue, out rejection);
        if (state.Feeds.TryGet(pull.Feed, out _))
            return FeedRule.Find(state, pull.Feed, pull.Queue, out rejection);
        rejection = FeedRule.CheckRoom(state, pull.Queue);
        return rejection is null ? new Feed(new FeedRow(pull.Feed, pull.Queue, Start: 1) { Implicit = true }) : null;
    }

    private void Store(Feed feed, ApplyContext context)
    {
        if (state.Feeds.TryGet(feed.Name, out _))
            return;
        feed.FirstEpoch = state.Feeds.Epochs.Take(context.Batch);
        context.Batch.Add(new RowChange.FeedPut(feed.ToRow()));
        state.Feeds.Add(feed);
    }

    /// <summary>
    /// True if the feed has reached its limit on ranges. Delivering the latest completions first leaves a gap whenever
    /// a pull takes fewer than are available. At the limit, a pull fills the lowest gap from its lower end instead,
    /// which creates no new gap.
    /// </summary>
    private bool IsFragmented(Feed feed) => feed.Acknowledged.Count >= state.Options.MaxFeedRanges;

    /// <summary>True if the completion was deleted, or its job was retried, after the completion was read.</summary>
    private bool IsRemoved(Feed feed, DeliveredCompletion end) =>
        state.Feeds.Removed.Contains(end.CompletionNumber)
        || (
            state.Histories.TryGet(feed.Queue, out var history)
            && end.CompletionNumber <= history[HistoryClasses.Of(end.State)].DeletedTo
        );

    private static Response.Rejected Contended(Feed feed) =>
        new(
            new Rejection(
                RejectionKind.Unavailable,
                $"Other requests are pulling from feed '{feed.Name}' at the same time. Try again."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }
        );

    private void Complete(RequestId requestId, Response response, ApplyContext context)
    {
        Release(requestId);
        context.Batch.Add(requestId, response);
    }

    private void Release(RequestId requestId)
    {
        OnCallerDisconnected(requestId);
        state.PendingReads.Release(requestId);
    }
}
